#include "config/reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/ascii.hpp"

namespace c2c::config {
namespace {

constexpr std::size_t most_problems = 100;

bool contains(const std::vector<std::string>& known, std::string_view path) {
  return std::ranges::find(known, path) != known.end();
}

// Levenshtein's distance, kept cheap: both texts are short.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view leaf(std::string_view path) {
  return path.substr(path.rfind('.') + 1);  // the whole of it where there is no dot
}

// A key that only sits in the wrong section is nearer to its right place than any other spelling.
std::string nearest_key(std::string_view path, const std::vector<std::string>& known) {
  std::size_t least = SIZE_MAX;
  std::string_view best;
  for (std::string_view candidate : known) {
    // With the sections that the key is in, but for the outermost: "progress.webhook.url", then "progress.webhook".
    while (candidate.find('.') != std::string_view::npos) {
      const std::size_t moved = distance(leaf(path), leaf(candidate)) + 1;
      const std::size_t respelled = distance(path, candidate);
      if (const std::size_t here = std::min(moved, respelled); here < least) {
        least = here;
        best = candidate;
      }
      candidate = candidate.substr(0, candidate.rfind('.'));
    }
  }
  return std::string(best);
}

std::string nearest_section(std::string_view name, const std::vector<std::string>& known) {
  std::size_t least = SIZE_MAX;
  std::string best;
  for (const std::string& path : known) {
    const std::string_view candidate = std::string_view(path).substr(0, path.find('.'));
    if (const std::size_t here = distance(name, candidate); here < least) {
      least = here;
      best = candidate;
    }
  }
  return best;
}

std::optional<bool> to_flag(std::string_view text) {
  const std::string word = ascii::to_lower(text);
  if (word == "true" || word == "yes" || word == "on") {
    return true;
  }
  if (word == "false" || word == "no" || word == "off") {
    return false;
  }
  return std::nullopt;
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t most = 64;
  std::string out(text.substr(0, std::min(most, text.find_first_of(" \t\r\n"))));
  std::ranges::replace_if(
      out, [](char c) { return ascii::is_control(c) || static_cast<unsigned char>(c) > 0x7e; }, '?');
  return text.size() > out.size() ? out + "…" : out;
}

reader::reader(const yaml_node& root) : root_(&root) {
  if (root.type == yaml_node::kind::null) {
    note(0, "the file is empty");
  } else if (root.type != yaml_node::kind::map) {
    note(root.line, "the file must be sections of keys, as in `server:`");
  }
}

void reader::note(unsigned line, std::string text) {
  found_.push_back({.line = line, .text = std::move(text)});
}

const yaml_node* reader::find_section(std::string_view path) {
  const yaml_node* at = root_;
  std::size_t begin = 0;
  while (at != nullptr && begin < path.size()) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    const yaml_node* next = nullptr;
    for (const yaml_node& child : at->children) {
      if (child.key != name || child.type == yaml_node::kind::null) {
        continue;
      }
      if (child.type == yaml_node::kind::map) {
        next = &child;
      } else {
        note(child.key_line,
             fmt::format("{} must hold keys, as in `{}:` with indented lines below", path.substr(0, end), name));
      }
      break;
    }
    at = next;
    begin = end + 1;
  }
  return at;
}

bool reader::is_section(std::string_view path) const {
  return std::ranges::any_of(known_, [&](std::string_view known) {
    return known.size() > path.size() && known.starts_with(path) && known[path.size()] == '.';
  });
}

void reader::note_unknown(const yaml_node& part, const std::string& path) {
  if (part.type != yaml_node::kind::map) {
    return;
  }
  for (const yaml_node& entry : part.children) {
    const std::string inner = fmt::format("{}.{}", path, entry.key);
    if (entry.key.contains('.')) {
      note(entry.key_line, fmt::format("\"{}\" is written with its dots: indent what follows each on a line below it",
                                       shown(entry.key)));
    } else if (is_section(inner)) {
      note_unknown(entry, inner);
    } else if (!contains(known_, inner) && found_.size() < 2 * most_problems) {
      note(entry.key_line, fmt::format("unknown key \"{}\"; the nearest known one is \"{}\"", shown(inner),
                                       nearest_key(inner.substr(0, 96), known_)));
    }
  }
}

problems reader::finish() {
  if (root_->type == yaml_node::kind::map) {
    for (const yaml_node& part : root_->children) {
      if (is_section(part.key) && !part.key.contains('.')) {
        note_unknown(part, part.key);
      } else {
        note(part.key_line, fmt::format("unknown section \"{}\"; the nearest known one is \"{}\"", shown(part.key),
                                        nearest_section(part.key.substr(0, 64), known_)));
      }
    }
  }
  // What has no line is told last: it is most often what is missing.
  std::ranges::sort(found_, {}, [](const problem& p) { return std::pair(p.line - 1U, std::string_view(p.text)); });
  if (found_.size() > most_problems) {
    found_.resize(most_problems);
    note(0, "there are more mistakes than these 100");
  }
  return std::move(found_);
}

section::section(reader& all, std::string_view name) : all_(&all), name_(name), node_(all.find_section(name)) {}

const yaml_node* section::find(std::string_view key) {
  const std::string path = fmt::format("{}.{}", name_, key);
  if (!contains(all_->known_, path)) {
    all_->known_.push_back(path);
  }
  if (node_ == nullptr) {
    return nullptr;
  }
  const auto at = std::ranges::find(node_->children, key, &yaml_node::key);
  return at == node_->children.end() || at->type == yaml_node::kind::null ? nullptr : &*at;
}

bool section::has(std::string_view key) {
  return find(key) != nullptr;
}

void section::holds_secret(std::string_view key) {
  all_->note_secret(fmt::format("{}.{}", name_, key));
}

void section::wrong(std::string_view key, std::string_view problem) {
  const yaml_node* at = find(key);
  const unsigned line = at != nullptr ? at->key_line : node_ != nullptr ? node_->key_line : 0;
  all_->note(line, fmt::format("{}.{} {}", name_, key, problem));
}

const yaml_node* section::scalar(std::string_view key, std::string_view wanted) {
  const yaml_node* at = find(key);
  if (at != nullptr && at->type != yaml_node::kind::scalar) {
    wrong(key, fmt::format("must be {}", wanted));
    return nullptr;
  }
  return at;
}

std::optional<std::string> section::text(std::string_view key) {
  const yaml_node* at = scalar(key, "one value");
  return at == nullptr ? std::nullopt : std::optional(at->text);
}

std::optional<std::string> section::file(std::string_view key) {
  constexpr std::string_view handed_over = "$CREDENTIALS_DIRECTORY";
  auto path = text(key);
  if (path && path->starts_with(handed_over)) {
    const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    path->replace(0, handed_over.size(), folder != nullptr ? folder : "/run/credentials/click2calld.service");
  }
  return path;
}

std::optional<std::int64_t> section::integer(std::string_view key, integer_range range) {
  const std::string wanted = range.unit.empty() ? "a whole number" : fmt::format("a whole number of {}", range.unit);
  const yaml_node* at = scalar(key, wanted);
  if (at == nullptr) {
    return std::nullopt;
  }
  const auto value = to_integer(at->text);
  if (!value) {
    wrong(key, fmt::format("must be {}, not \"{}\"", wanted, shown(at->text)));
  } else if (*value < range.least || *value > range.most) {
    wrong(key, fmt::format("must be {} from {} to {}, not {}", wanted, range.least, range.most, *value));
  } else {
    return value;
  }
  return std::nullopt;
}

std::optional<bool> section::flag(std::string_view key) {
  const yaml_node* at = scalar(key, "true or false");
  if (at == nullptr) {
    return std::nullopt;
  }
  const auto value = to_flag(at->text);
  if (!value) {
    wrong(key, fmt::format("must be true or false, not \"{}\"", shown(at->text)));
  }
  return value;
}

std::optional<std::vector<text_item>> section::list(std::string_view key) {
  const yaml_node* at = find(key);
  if (at == nullptr) {
    return std::nullopt;
  }
  if (at->type == yaml_node::kind::scalar) {
    return std::vector<text_item>{{.text = at->text, .line = at->line}};
  }
  std::vector<text_item> out;
  if (at->type == yaml_node::kind::sequence) {
    for (const yaml_node& item : at->children) {
      if (item.type != yaml_node::kind::scalar) {
        all_->note(item.line, fmt::format("{}.{} must be a list of single values", name_, key));
        return std::nullopt;
      }
      out.push_back({.text = item.text, .line = item.line});
    }
    return out;
  }
  wrong(key, "must be a list");
  return std::nullopt;
}

std::optional<std::size_t> section::choice(std::string_view key, const std::vector<std::string_view>& words) {
  const auto value = text(key);
  if (!value) {
    return std::nullopt;
  }
  const auto at = std::ranges::find(words, ascii::to_lower(*value));
  if (at == words.end()) {
    wrong(key, fmt::format("must be {}, not \"{}\"", fmt::join(words, " or "), shown(*value)));
    return std::nullopt;
  }
  return static_cast<std::size_t>(at - words.begin());
}

}  // namespace c2c::config
