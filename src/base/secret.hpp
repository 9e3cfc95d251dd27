// A secret that leaves no copy of itself behind: passwords, keys.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <openssl/crypto.h>

namespace c2c {

// Holds text that is wiped when it is replaced, moved from or destroyed. It cannot be printed or formatted by accident:
// the only way to the text is reveal().
class secret {
 public:
  secret() = default;
  // A copy of `text`; wiping the original is the caller's business.
  explicit secret(std::string_view text) : text_(text) {}
  // The same, and the original is wiped.
  static secret take(std::string&& text) {
    secret out(text);
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
    return out;
  }
  secret(const secret&) = default;
  // A short string is moved by copying it, so what is left behind is wiped as well.
  secret(secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  secret& operator=(const secret& other) {
    if (this != &other) {
      wipe();
      text_ = other.text_;
    }
    return *this;
  }
  secret& operator=(secret&& other) noexcept {
    if (this != &other) {
      wipe();
      text_ = std::move(other.text_);
      other.wipe();
    }
    return *this;
  }
  ~secret() { wipe(); }

  const std::string& reveal() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }

  // In a time that tells nothing but whether they are of one length.
  friend bool operator==(const secret& a, const secret& b) noexcept {
    return a.text_.size() == b.text_.size() && CRYPTO_memcmp(a.text_.data(), b.text_.data(), a.text_.size()) == 0;
  }

 private:
  void wipe() noexcept {
    text_.resize(text_.capacity());  // never more than it has, so it cannot throw
    OPENSSL_cleanse(text_.data(), text_.size());
    text_.clear();
  }

  std::string text_;
};

}  // namespace c2c
