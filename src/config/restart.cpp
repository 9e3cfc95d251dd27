#include "config/restart.hpp"

#include <string_view>

namespace c2c::config {

std::string keep_until_restart(const config& running, config& next) {
  std::string differ;
  const auto keep = [&](std::string_view key, auto member) {
    if (member(running) != member(next)) {
      member(next) = member(running);
      differ.append(differ.empty() ? "" : ", ").append(key);
    }
  };
  keep("server.listen", [](auto& of) -> auto& { return of.server.listen; });
  keep("server.workers", [](auto& of) -> auto& { return of.server.workers; });
  keep("server.admin_listen", [](auto& of) -> auto& { return of.server.admin_listen; });
  keep("ami.user", [](auto& of) -> auto& { return of.ami.user; });
  keep("ami.secret", [](auto& of) -> auto& { return of.ami.secret; });
  keep("ami.port", [](auto& of) -> auto& { return of.ami.port; });
  keep("claims.redis_url", [](auto& of) -> auto& { return of.claims.redis_url; });
  keep("claims.redis_password", [](auto& of) -> auto& { return of.claims.redis_password; });
  keep("claims.sentinel_user", [](auto& of) -> auto& { return of.claims.sentinel_login.user; });
  keep("claims.sentinel_password", [](auto& of) -> auto& { return of.claims.sentinel_login.password; });
  keep("claims.redis_ca", [](auto& of) -> auto& { return of.claims.redis_ca; });
  keep("call.confirm", [](auto& of) -> auto& { return of.call.confirm; });
  keep("call.max_live", [](auto& of) -> auto& { return of.call.max_live; });
  keep("progress.webhook.url", [](auto& of) -> auto& { return of.progress.webhook.url; });
  keep("progress.webhook.secret", [](auto& of) -> auto& { return of.progress.webhook.secret; });
  keep("progress.webhook.ca", [](auto& of) -> auto& { return of.progress.webhook.ca; });
  return differ;
}

}  // namespace c2c::config
