#include "client/words.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/ascii.hpp"

namespace c2c::client {

namespace {

namespace json = boost::json;

constexpr std::size_t most_quoted = 200;

}  // namespace

// Bytes beyond ASCII stay, as most texts have
// them; the C1 controls, which some terminals obey, are U+0080 to U+009F: C2 followed by 80 to 9F.
std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < most_quoted; ++i) {
    const bool c1 = text[i] == '\xc2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    out.push_back(ascii::is_control(text[i]) || c1 ? '?' : text[i]);
    i += c1 ? 1 : 0;
  }
  return out;
}

namespace {

std::string in_brackets(const std::string& text) {
  return text.empty() ? "" : " (" + printable(text) + ")";
}

std::string seconds(std::chrono::seconds count) {
  return std::to_string(count.count()) + (count.count() == 1 ? " second" : " seconds");
}

report untrusted(const trouble& why, const context& about) {
  std::string text = "The certificate of " + about.where.place() + " is not trusted" + in_brackets(why.detail) + ". ";
  if (why.kind == trouble_kind::wrong_name) {
    text = "The certificate that " + about.where.place() +
           " shows is for another name. Put the name that is in the certificate into the url. ";
  } else {
    text += "If it is of your own authority, name its file with --ca FILE or `ca = FILE` in the settings. ";
  }
  return {exit_code::unreachable,
          text + "--insecure leaves the check out: then anyone on the way can pose as the service."};
}

report describe(const failed& it, const context& about) {
  const std::string place = about.where.place();
  const std::string detail = in_brackets(it.why.detail);
  switch (it.why.kind) {
    case trouble_kind::name_not_found:
      return {exit_code::unreachable,
              "No host is called " + about.where.server.host + detail + ". Check the url and your network."};
    case trouble_kind::refused:
      return {exit_code::unreachable,
              "Nothing listens at " + place + ". Check the url's host and port, and that the service is running."};
    case trouble_kind::unreachable:
      return {exit_code::unreachable, place + " cannot be reached" + detail + ". Check the url and your network."};
    case trouble_kind::timed_out:
      if (!it.why.sent) {
        return {
            exit_code::unreachable,
            place +
                " did not take the connection in time. Check the url's host and port, and any firewall on the way."};
      }
      return {exit_code::unreachable, place + " took the request but did not answer within " + seconds(about.whole) +
                                          ". Try again later, or wait longer with --timeout."};
    case trouble_kind::wrong_name:
    case trouble_kind::untrusted: return untrusted(it.why, about);
    case trouble_kind::tls:
      return {exit_code::unreachable, "TLS with " + place + " failed" + detail +
                                          ". If the service speaks plain HTTP there, the url starts with http://."};
    case trouble_kind::bad_ca:
      return {exit_code::usage,
              "The file of certificates (ca) cannot be used" + detail + ". It must exist and be PEM."};
    case trouble_kind::broken:
      return {
          exit_code::unreachable,
          place + " closed the connection without an answer" + detail + "." +
              (about.where.tls ? " Try again." : " If it expects TLS, the url starts with https://; else try again.")};
    case trouble_kind::too_large:
      return {exit_code::failed, place + " sent far more than the service ever does. Check the url."};
    case trouble_kind::given_up: return {exit_code::cancelled, "Given up."};
    case trouble_kind::not_http:
      return {exit_code::unreachable, "What answers at " + place + " does not speak HTTP" + detail +
                                          ". Check the url's port, and whether it starts with https://."};
  }
  return {exit_code::failed, it.why.detail};
}

report describe(const refused& it, const context& about) {
  const std::string status = std::to_string(it.status);
  const std::string error = in_brackets(it.error);
  switch (it.status) {
    case 400:
      if (it.error == "plain HTTP was sent to an HTTPS port") {
        return {exit_code::unreachable, about.where.text() + " expects TLS: the url starts with https://."};
      }
      return {exit_code::failed, "The service does not accept the request: " +
                                     (it.error.empty() ? "it gave no reason" : printable(it.error)) + "."};
    case 401:
      return {exit_code::unauthorised,
              "The service refused its own fresh challenge twice" + error +
                  ". Try again; if it stays so, tell its administrator that nonces are refused (a clock "
                  "that jumps, or instances with different secrets)."};
    case 403:
      return {exit_code::unauthorised,
              "The service does not let " + about.aor +
                  " call: the AoR or the password is wrong, or the terminal has no user with an "
                  "extension. Check aor and password; the administrator can check the rest."};
    case 404:
    case 405:
      return {exit_code::failed, "There is no click2call service at " + about.where.text() + " (" + status +
                                     "). Check the url, and the path behind a proxy."};
    case 409:
      return {exit_code::later,
              "The iden " + about.iden + " belongs to another call. Leave --iden out, or give one that was not used."};
    case 422:
      if (it.error == "destination not allowed") {
        return {exit_code::call_failed, "The service lets nobody call " + about.destination +
                                            ". The administrator decides which numbers may be called."};
      }
      return {exit_code::call_failed, "Your phone is not registered" + error +
                                          ": nothing can ring. Switch it on, or check its network and its account."};
    case 413: return {exit_code::failed, "The service finds the request too large" + error + "."};
    case 429:
      return {exit_code::later, "Too many tries. " +
                                    (it.retry_after ? "Wait " + seconds(*it.retry_after) : "Wait a minute") +
                                    ", then try again."};
    case 502:
    case 503:
    case 504:
      return {exit_code::backend,
              "The service cannot place the call now: " + status + error +
                  ". It does not reach Asterisk, Kamailio or its database, or Asterisk said no. Try again "
                  "later, and tell the administrator if it stays so."};
    default: break;
  }
  if (it.status / 100 == 3) {
    return {exit_code::failed, "The service's address points elsewhere: " + status +
                                   (it.location.empty() ? "" : " to " + printable(it.location)) +
                                   ". Put the right address into the url."};
  }
  return {exit_code::failed,
          "The service answered " + status + error + ". Try again later, and tell the administrator if it stays so."};
}

report describe(const placed& it, const context& about) {
  return {exit_code::placed, "Calling " + about.destination + ": your phone " +
                                 about.aor.substr(0, about.aor.rfind('@')) + " rings now. (iden " + printable(it.iden) +
                                 ")"};
}

report describe(const rehearsed& it, const context& about) {
  return {exit_code::placed, "Dry run: no call is placed. Challenge: nonce " + printable(it.nonce) + ", realm " +
                                 printable(it.realm) + "\nPOST " + about.where.text() + "/call\n" + it.request};
}

report describe(const nonsense&, const context& about) {
  return {exit_code::failed, "What answers at " + about.where.text() +
                                 " is not the click2call service. Check the url, and the path behind a proxy."};
}

}  // namespace

report describe(const outcome& happened, const context& about) {
  report out = std::visit([&](const auto& what) { return describe(what, about); }, happened.what);
  if (out.code == exit_code::cancelled && !happened.maybe_placed) {
    out.text = "Given up: no call was placed.";
  }
  if (happened.maybe_placed) {
    out.text += "\nThe call may have been placed all the same: listen for your phone before you try again.";
  }
  return out;
}

std::string to_json(const outcome& happened, const context& about, const report& said) {
  if (const auto* it = std::get_if<placed>(&happened.what)) {
    return json::serialize(json::object{{"placed", true}, {"destination", about.destination}, {"iden", it->iden}});
  }
  if (const auto* it = std::get_if<rehearsed>(&happened.what)) {
    return json::serialize(
        json::object{{"placed", false}, {"dryRun", true}, {"realm", it->realm}, {"request", json::parse(it->request)}});
  }
  json::object out{{"placed", false},
                   {"error", said.text},
                   {"exit", static_cast<int>(said.code)},
                   {"destination", about.destination},
                   {"iden", about.iden}};
  if (const auto* it = std::get_if<refused>(&happened.what)) {
    out["status"] = it->status;
    if (it->retry_after) {
      out["retryAfter"] = it->retry_after->count();
    }
  }
  if (happened.maybe_placed) {
    out["maybePlaced"] = true;
  }
  return json::serialize(out);
}

std::string to_json(const report& said) {
  return json::serialize(json::object{{"placed", false}, {"error", said.text}, {"exit", static_cast<int>(said.code)}});
}

}  // namespace c2c::client
