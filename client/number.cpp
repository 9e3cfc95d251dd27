#include "client/number.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/ascii.hpp"

namespace c2c::client {

namespace {

constexpr std::size_t most_dialled = 40;
constexpr std::size_t most_typed = 1024;
constexpr std::size_t most_international = 15;  // E.164
constexpr std::size_t most_before_a_slash = 6;

// Unicode's look-alikes of a space or a hyphen, and marks without a shape: U+00A0, U+00AD, U+2000 to U+200F, U+2010 to
// U+2015, U+202A to U+202F, U+2060, U+2066 to U+2069, U+FEFF.
constexpr std::array<std::string_view, 2> two_bytes{"\u00a0", "\u00ad"};

bool is_unseen(std::string_view three) {
  const auto middle = static_cast<unsigned char>(three[1]);
  const auto last = static_cast<unsigned char>(three[2]);
  if (three == "\ufeff") {
    return true;
  }
  if (three[0] != '\xe2') {
    return false;
  }
  if (middle == 0x80) {
    return last <= 0x95 || (last >= 0xaa && last <= 0xaf);
  }
  return middle == 0x81 && (last == 0xa0 || (last >= 0xa6 && last <= 0xa9));
}

// U+2010 to U+2015.
bool is_dash(std::string_view three) {
  const auto last = static_cast<unsigned char>(three[2]);
  return three.starts_with("\xe2\x80") && last >= 0x90 && last <= 0x95;
}

// The length of the space at the start of `text`, seen or unseen; 0 if there is none.
std::size_t blank(std::string_view text) {
  if (text.front() == ' ' || text.front() == '\t') {
    return 1;
  }
  for (const std::string_view mark : two_bytes) {
    if (text.starts_with(mark)) {
      return mark.size();
    }
  }
  return text.size() >= 3 && is_unseen(text.substr(0, 3)) && !is_dash(text.substr(0, 3)) ? 3 : 0;
}

std::string name_of(char c) {
  if (ascii::is_control(c) || (static_cast<unsigned char>(c) & 0x80U) != 0) {
    return "a character that is not on a telephone's keys";
  }
  return std::string("\"") + c + "\"";
}

// The typed text with each blank as a space and each dash as a hyphen, without blanks at either end.
std::string plain(std::string_view typed) {
  std::string out;
  while (!typed.empty()) {
    if (const std::size_t skip = blank(typed); skip > 0) {
      out.push_back(' ');
      typed.remove_prefix(skip);
    } else if (typed.size() >= 3 && is_dash(typed.substr(0, 3))) {
      out.push_back('-');
      typed.remove_prefix(3);
    } else {
      out.push_back(typed.front());
      typed.remove_prefix(1);
    }
  }
  constexpr std::string_view edge = " \r\n";
  const std::size_t first = out.find_first_not_of(edge);
  return first == std::string::npos ? "" : out.substr(first, out.find_last_not_of(edge) - first + 1);
}

std::unexpected<std::string> refusal(std::string sentence) {
  return std::unexpected(std::move(sentence));
}

// The countries whose numbers keep their first 0 after the code: Italy, San Marino, Vatican City, Gabon, the Congo and
// Côte d'Ivoire.
bool keeps_its_zero(std::string_view code) {
  constexpr std::array<std::string_view, 6> all{"39", "378", "379", "241", "242", "225"};
  return std::ranges::find(all, code) != all.end();
}

// What is in front of a bracket, where that is a country's code: with + or 00.
std::string_view country_code(std::string_view dialled) {
  const std::size_t prefix = dialled.starts_with('+') ? 1 : dialled.starts_with("00") ? 2 : dialled.size();
  const std::string_view code = dialled.substr(prefix);
  return !code.empty() && code.size() <= 3 && code.front() != '0' ? code : std::string_view();
}

// Reads one number, a character at a time.
class reader {
 public:
  std::expected<std::string, std::string> read(std::string_view text) {
    for (const char c : text) {
      if (auto taken = take(c); !taken) {
        return std::unexpected(std::move(taken.error()));
      }
    }
    if (open_) {
      return refusal("The number has a ( without its ): is all of it there?");
    }
    if (std::string_view("-./").contains(text.back())) {
      return refusal("The number ends with \"" + std::string(1, text.back()) + "\": is all of it there?");
    }
    return finish();
  }

 private:
  std::expected<void, std::string> take(char c) {
    if (ascii::is_digit(c) || c == '+' || c == '*') {
      return dial(c);
    }
    switch (c) {
      case ' ': return {};
      case '(': return open();
      case ')': return close();
      case '/':
        if (out_.size() > most_before_a_slash) {
          return refusal("These look like two numbers, one before and one after the \"/\": give one.");
        }
        [[fallthrough]];
      case '-':
      case '.':
        if (out_.empty()) {
          return refusal("A number does not begin with \"" + std::string(1, c) + "\".");
        }
        return {};
      case '\r':
      case '\n': return refusal("There is a line break in the number: is it one number? Give it on one line.");
      default:
        return refusal("The number holds " + name_of(c) + ", which the service does not dial: only + * and 0-9 are.");
    }
  }

  std::expected<void, std::string> dial(char c) {
    if (c == '+' && !out_.empty()) {
      return refusal("There is more than one number, or a + that is not in front: give one number.");
    }
    if (c == '*' && out_.starts_with('+')) {
      return refusal("A number with a country's code has no * in it.");
    }
    out_.push_back(c);
    return {};
  }

  std::expected<void, std::string> open() {
    if (open_) {
      return refusal("The number has a ( within another one.");
    }
    open_ = out_.size();
    return {};
  }

  std::expected<void, std::string> close() {
    if (!open_) {
      return refusal("The number has a ) without its (: is all of it there?");
    }
    const std::string within = out_.substr(*open_);
    const std::string in_front = out_.substr(0, *open_);
    open_.reset();
    const std::string_view code = country_code(in_front);
    if (within == "0") {
      if (code.empty() || keeps_its_zero(code)) {
        return refusal("Whether the \"(0)\" is dialled is not sure: write the number with the 0, or without it.");
      }
      out_ = in_front;
    } else if (within.starts_with('0') && !code.empty() && !keeps_its_zero(code)) {
      return refusal("Whether the 0 of \"(" + within +
                     ")\" is dialled after a country's code is not sure: write the "
                     "number with it, or without.");
    }
    return {};
  }

  std::expected<std::string, std::string> finish() const {
    if (out_.starts_with('+')) {
      if (out_.size() < 2) {
        return refusal("There are no digits after the +.");
      }
      if (out_[1] == '0') {
        return refusal("No country's code begins with 0: is the +, or the 0 after it, too much?");
      }
      if (out_.size() > most_international + 1) {
        return refusal("No number in the world has more than " + std::to_string(most_international) +
                       " digits after the +, and this one has " + std::to_string(out_.size() - 1) + ".");
      }
    }
    if (out_.size() > most_dialled) {
      return refusal("The number has " + std::to_string(out_.size()) + " digits; the service dials at most 40.");
    }
    return out_;
  }

  std::string out_;
  std::optional<std::size_t> open_;  // where in `out_` the bracket was opened
};

constexpr const char* no_number =
    "There is no number to call: give it after `call`, as in click2call call +34900000000.";

// RFC 3966: "tel:", the number, and parameters. Gives the number, where nothing that was meant is lost with the rest.
std::expected<std::string_view, std::string> without_parameters(std::string_view tel) {
  const std::string_view number = tel.substr(0, tel.find(';'));
  tel.remove_prefix(number.size());
  while (!tel.empty()) {
    tel.remove_prefix(1);
    const std::string_view parameter = tel.substr(0, tel.find(';'));
    tel.remove_prefix(parameter.size());
    const std::string_view name = parameter.substr(0, parameter.find('='));
    if (ascii::iequals(name, "ext") || ascii::iequals(name, "isub")) {
      return refusal(
          "The address names an extension (;ext= or ;isub=), which the service cannot dial after the number: "
          "give the number alone, and dial the extension yourself.");
    }
    if (ascii::iequals(name, "phone-context") && !number.starts_with('+')) {
      return refusal(
          "The address is of a number within another network or area (;phone-context=): give the number as "
          "your phone dials it.");
    }
    if (name.empty() || ascii::iequals(name.substr(0, 2), "m-")) {
      return refusal(
          "The address has a parameter that may not be left out, and that is not known here: give the number "
          "alone.");
    }
  }
  return number;
}

}  // namespace

std::expected<std::string, std::string> to_destination(std::string_view typed) {
  if (typed.size() > most_typed) {
    return refusal("The number is far too long: at most 40 of + * 0-9 can be dialled.");
  }
  const std::string text = plain(typed);
  std::string_view number = text;
  if (constexpr std::string_view scheme = "tel:"; ascii::iequals(number.substr(0, scheme.size()), scheme)) {
    auto alone = without_parameters(number.substr(scheme.size()));
    if (!alone) {
      return std::unexpected(std::move(alone.error()));
    }
    number = *alone;
  }
  return number.find_first_not_of(" ()-./") == std::string_view::npos ? refusal(no_number) : reader().read(number);
}

}  // namespace c2c::client
