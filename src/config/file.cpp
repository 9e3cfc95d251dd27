// Where the configuration's text comes from, and what is said of it.
#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.hpp"

namespace c2c::config {

std::expected<config, std::vector<problem>> load(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(most_file_bytes + 1, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof()) {
    return std::unexpected(
        problems{{.line = 0, .text = "cannot be read: " + std::generic_category().message(errno != 0 ? errno : EIO)}});
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  auto out = parse(text);
  OPENSSL_cleanse(text.data(), text.size());
  struct stat facts{};
  if (out && !out->own_secrets.empty() && ::stat(path.c_str(), &facts) == 0 && (facts.st_mode & S_IRWXO) != 0) {
    out->exposed = fmt::format(
        "everybody on this machine can open {0}, which holds {1}: chmod o= {0}, and make the "
        "service's group its group",
        path, fmt::join(out->own_secrets, ", "));
  }
  return out;
}

std::string describe(const problem& found, std::string_view name) {
  return found.line == 0 ? fmt::format("{}: {}", name, found.text)
                         : fmt::format("{}:{}: {}", name, found.line, found.text);
}

std::string describe(const std::vector<problem>& found, std::string_view name) {
  std::string out;
  for (const problem& next : found) {
    out += describe(next, name) + '\n';
  }
  return out;
}

std::optional<std::string> find_config() {
  for (const char* path :
       {"/etc/click2call/config.yml", "/opt/irontec/ivozprovider/microservices/click2call/configs/config.yml"}) {
    if (::access(path, F_OK) == 0) {
      return path;
    }
  }
  return std::nullopt;
}

}  // namespace c2c::config
