#include "cli/machine.hpp"

#include <chrono>

#include "app/descriptors.hpp"
#include "http/certificate.hpp"
#include "http/listener.hpp"
#include "http/tls.hpp"

namespace c2c::cli {
namespace {

using findings = std::vector<finding>;

void look_at_tls(const config::server_section& server, findings& out) {
  if (server.tls_cert.empty()) {
    out.push_back({"tls", verdict::well, "off: plain HTTP, to be kept behind a TLS proxy"});
    return;
  }
  const auto tls = http::make_tls(server.tls_cert, server.tls_key);
  if (!tls) {
    out.push_back({"tls", verdict::wrong, tls.error().detail});
    return;
  }
  const auto faults = http::find_faults(**tls, server.tls_cert, server.tls_key, std::chrono::system_clock::now());
  for (const std::string& fault : faults.refused) {
    out.push_back({"tls", verdict::wrong, fault});
  }
  for (const std::string& fault : faults.doubtful) {
    out.push_back({"tls", verdict::doubtful, fault});
  }
  if (faults.refused.empty()) {
    out.push_back({"tls", verdict::well, server.tls_cert + " and its key are usable"});
  }
}

// The service may be running, with the address in use by itself.
finding look_at_address(std::string_view key, const net::endpoint& wanted) {
  const auto where = http::resolve(key, wanted.host, wanted.port);
  if (!where) {
    return {"listen", verdict::wrong, where.error().detail};
  }
  const std::string subject = std::string(key) + ": ";
  const auto alone = http::try_address(*where, http::sharing::none);
  if (!alone) {
    return {"listen", verdict::well, subject + wanted.written() + " is free"};
  }
  if (alone != asio::error::address_in_use) {
    return {"listen", verdict::wrong, subject + http::why_not(*where, alone)};
  }
  if (!http::try_address(*where, http::sharing::of_port)) {
    return {"listen", verdict::well, subject + wanted.written() + " is in use, by this service"};
  }
  return {"listen", verdict::doubtful,
          subject + wanted.written() +
              " is in use, by this service if that runs under another account or from click2calld.socket, else by a "
              "program that has to give way: `ss -ltnp` names it"};
}

}  // namespace

std::vector<finding> look_at_machine(const config::config& chosen) {
  findings out;
  if (!chosen.exposed.empty()) {
    out.push_back({"configuration", verdict::doubtful, chosen.exposed});
  }
  look_at_tls(chosen.server, out);
  out.push_back(look_at_address("server.listen", chosen.server.listen));
  if (chosen.server.admin_listen) {
    out.push_back(look_at_address("server.admin_listen", *chosen.server.admin_listen));
  }
  if (std::string shortage = app::make_room_for_descriptors(chosen); !shortage.empty()) {
    out.push_back({"files", verdict::doubtful, std::move(shortage)});
  }
  return out;
}

}  // namespace c2c::cli
