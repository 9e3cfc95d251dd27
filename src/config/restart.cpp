#include "config/restart.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace c2c::config {

std::string keys_for_a_restart(const config& now, const config& then) {
  const auto& hook = now.progress.webhook;
  const auto& other_hook = then.progress.webhook;
  const std::array<std::pair<std::string_view, bool>, 12> known{{
      {"server.listen", now.server.listen == then.server.listen},
      {"server.workers", now.server.workers == then.server.workers},
      {"server.admin_listen", now.server.admin_listen == then.server.admin_listen},
      {"ami.user", now.ami.user == then.ami.user},
      {"ami.secret", now.ami.secret.reveal() == then.ami.secret.reveal()},
      {"ami.port", now.ami.port == then.ami.port},
      {"claims.redis_url",
       now.claims.redis_url == then.claims.redis_url && now.claims.redis_ca == then.claims.redis_ca},
      {"claims.redis_password", now.claims.redis_password.reveal() == then.claims.redis_password.reveal()},
      {"call.confirm", now.call.confirm == then.call.confirm},
      {"call.max_live", now.call.max_live == then.call.max_live},
      {"progress.webhook.url", hook.url == other_hook.url && hook.ca == other_hook.ca},
      {"progress.webhook.secret", hook.secret.reveal() == other_hook.secret.reveal()},
  }};
  std::string out;
  for (const auto& [key, same] : known) {
    if (!same) {
      out.append(out.empty() ? "" : ", ").append(key);
    }
  }
  return out;
}

}  // namespace c2c::config
