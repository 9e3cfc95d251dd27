#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include <openssl/crypto.h>

namespace c2c::client {

// A password in memory: it moves but is never copied, and its bytes are wiped when it goes.
class secret {
 public:
  secret() = default;
  explicit secret(std::string_view text) : bytes_(text.begin(), text.end()) {}
  explicit secret(std::vector<char> bytes) noexcept : bytes_(std::move(bytes)) {}

  secret(const secret&) = delete;
  secret& operator=(const secret&) = delete;
  secret(secret&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  secret& operator=(secret&& other) noexcept {
    if (this != &other) {
      wipe();
      bytes_ = std::exchange(other.bytes_, {});
    }
    return *this;
  }
  ~secret() { wipe(); }

  std::string_view view() const noexcept { return {bytes_.data(), bytes_.size()}; }
  bool empty() const noexcept { return bytes_.empty(); }

  void wipe() noexcept {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
    bytes_.clear();
  }

 private:
  std::vector<char> bytes_;
};

}  // namespace c2c::client
