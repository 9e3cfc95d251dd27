#include "client/url.hpp"

#include "net/web_url.hpp"

namespace c2c::client {

std::string url::authority() const {
  return net::web_url{.tls = tls, .server = server}.authority();
}

std::string url::target(std::string_view endpoint) const {
  return path + "/" + std::string(endpoint);
}

std::string url::text() const {
  return (tls ? "https://" : "http://") + authority() + path;
}

std::expected<url, std::string> parse_url(std::string_view text) {
  auto address = net::parse_web_url(text);
  if (!address) {
    return std::unexpected("The url is not usable: " + address.error().detail +
                           ". It looks like https://pbx.example.com:9090.");
  }
  if (address->target.contains('?')) {
    return std::unexpected("The url has a ?, which means nothing here; it looks like https://pbx.example.com:9090.");
  }
  url out{.tls = address->tls, .server = std::move(address->server), .path = std::move(address->target)};
  out.path.erase(out.path.find_last_not_of('/') + 1);
  return out;
}

}  // namespace c2c::client
