// Typed reading of the configuration: sections, which may hold sections, and keys. Every mistake is noted with its line
// and the reading goes on; what was never asked for is an unknown key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"
#include "config/yaml.hpp"

namespace c2c::config {

// Collects the mistakes and the known keys. Lives as long as its sections; so does the tree.
class reader {
 public:
  explicit reader(const yaml_node& root);

  void note(unsigned line, std::string text);
  // The keys whose secrets stand in the file itself.
  void note_secret(std::string path) { secrets_.push_back(std::move(path)); }
  const std::vector<std::string>& secrets() const { return secrets_; }
  // Ends the reading: notes the unknown keys, each with the nearest known one, and gives all mistakes by line, at most
  // 100.
  problems finish();

 private:
  friend class section;
  const yaml_node* find_section(std::string_view path);
  void note_unknown(const yaml_node& part, const std::string& path);
  bool is_section(std::string_view path) const;

  const yaml_node* root_;
  problems found_;
  std::vector<std::string> secrets_;
  std::vector<std::string> known_;  // "server.listen"
};

struct text_item {
  std::string text;
  unsigned line = 0;
};

struct integer_range {
  std::int64_t least;
  std::int64_t most;
  std::string_view unit = {};  // "seconds"
};

// One section of the file, "server" or one inside another, "progress.webhook". Each getter makes its key known, and
// gives nothing where the key is absent, empty (`key:`) or wrong; what is wrong has then been noted.
class section {
 public:
  section(reader& all, std::string_view name);

  // Whether the key is there with a value of any type.
  bool has(std::string_view key);
  std::optional<std::string> text(std::string_view key);
  // The path of a file. One that begins with $CREDENTIALS_DIRECTORY is among those that systemd hands over
  // (systemd.exec(5)): to this process, else to the service that runs.
  std::optional<std::string> file(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, integer_range range);
  std::optional<bool> flag(std::string_view key);
  // A lone value is a list of one, as in the reference.
  std::optional<std::vector<text_item>> list(std::string_view key);
  // The value's place in `words`.
  std::optional<std::size_t> choice(std::string_view key, const std::vector<std::string_view>& words);

  // Notes that the file itself holds this secret.
  void holds_secret(std::string_view key);
  // Notes `section.key: what` at the key's line, else at the section's, else at none.
  void wrong(std::string_view key, std::string_view problem);

 private:
  const yaml_node* find(std::string_view key);
  const yaml_node* scalar(std::string_view key, std::string_view wanted);

  reader* all_;
  std::string name_;
  const yaml_node* node_;  // null where the section is absent or wrong
};

// Text of the file fit for a message: its first word, at most 64 characters, what cannot be printed as a question mark.
// Behind a forgotten quote a value goes on over the lines that follow, secrets among them.
std::string shown(std::string_view text);

}  // namespace c2c::config
