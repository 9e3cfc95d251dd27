#include "ami_actions.hpp"

#include <array>
#include <cstdint>

#include <openssl/evp.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"

namespace c2c::bench {
namespace {

constexpr std::string_view challenge = "160526383";
constexpr std::size_t read_bytes = std::size_t{64} * 1024;

std::string login_key(const std::string& secret) {
  const std::string text = std::string(challenge) + secret;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  std::size_t length = 0;
  EVP_Q_digest(nullptr, "MD5", nullptr, text.data(), text.size(), digest.data(), &length);
  std::string key(length * 2, '\0');
  to_hex(std::span(digest).first(length), key.data());
  return key;
}

void reply(std::string& out, std::string_view id, std::string_view how, std::string_view name, std::string_view value) {
  out.append("Response: ").append(how).append("\r\nActionID: ").append(id).append("\r\n");
  out.append(name).append(value).append("\r\n\r\n");
}

}  // namespace

std::span<char> action_reader::room() {
  in_.resize(have_ + read_bytes);
  return std::span(in_).subspan(have_);
}

std::string_view header_of(std::string_view action, std::string_view name) {
  for (std::size_t at = 0; at < action.size();) {
    const auto end = action.find("\r\n", at);
    const std::string_view line = action.substr(at, end - at);
    if (line.size() > name.size() && line[name.size()] == ':' && ascii::iequals(line.substr(0, name.size()), name)) {
      const auto value = line.find_first_not_of(' ', name.size() + 1);
      return value == std::string_view::npos ? std::string_view() : line.substr(value);
    }
    at = end == std::string_view::npos ? action.size() : end + 2;
  }
  return {};
}

void ami_answers::answer(std::string_view action, std::string& out) {
  const std::string_view name = header_of(action, "Action");
  const std::string_view id = header_of(action, "ActionID");
  if (name == "Challenge") {
    reply(out, id, "Success", "Challenge: ", challenge);
  } else if (name == "Login") {
    logged_in_ = header_of(action, "Key") == login_key(secret_);
    reply(out, id, logged_in_ ? "Success" : "Error",
          "Message: ", logged_in_ ? "Authentication accepted" : "Authentication failed");
  } else if (name == "Ping") {
    reply(out, id, "Success", "Ping: ", "Pong");
  } else if (name == "Filter") {
    const bool set = set_filter(header_of(action, "Filter"));
    reply(out, id, set ? "Success" : "Error", "Message: ", set ? "Filter added successfully" : "Filter not added");
  } else if (name == "CoreShowChannels") {
    reply(out, id, "Success", "Message: ", "Channels will follow");
    out.append("Event: CoreShowChannelsComplete\r\nActionID: ").append(id);
    out += "\r\nEventList: Complete\r\nListItems: 0\r\n\r\n";
  } else if (name == "Logoff") {
    reply(out, id, "Goodbye", "Message: ", "Thanks for all the fish.");
    done_ = true;
  } else {
    reply(out, id, "Error", "Message: ", "No such channel");
  }
}

// Of a message's whole text, as Asterisk matches it (main/manager.c, match_eventfilter); only what is to be dropped.
bool ami_answers::set_filter(std::string_view filter) {
  if (!filter.starts_with('!')) {
    return false;
  }
  auto made = std::make_unique<regex_t>();
  if (regcomp(made.get(), std::string(filter.substr(1)).c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
    return false;
  }
  unwanted_ = std::shared_ptr<regex_t>(made.release(), [](regex_t* old) {
    regfree(old);
    delete old;
  });
  return true;
}

bool ami_answers::wants(const std::string& message) const {
  return !unwanted_ || !message.starts_with("Event:") || regexec(unwanted_.get(), message.c_str(), 0, nullptr, 0) != 0;
}

}  // namespace c2c::bench
