// What the service answers, read as JSON.
#pragma once

#include <string_view>

#include <boost/json/object.hpp>

namespace c2c::client {

// A member's text, which lives as long as `object`; empty where there is none.
inline std::string_view text_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* const value = object.if_contains(key);
  const boost::json::string* const text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

}  // namespace c2c::client
