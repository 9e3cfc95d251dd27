#include "config/yaml.hpp"

#include <algorithm>
#include <istream>
#include <spanstream>
#include <stdexcept>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/ascii.hpp"

namespace c2c::config {
namespace {

constexpr std::size_t most_levels = 16;
constexpr std::size_t most_nodes = 4096;

unsigned line_of(const YAML::Mark& mark) {
  return mark.line < 0 ? 0 : static_cast<unsigned>(mark.line) + 1;
}

// Ends the parse from inside the library's callbacks.
struct refused : std::runtime_error {
  refused(const YAML::Mark& mark, const char* why) : std::runtime_error(why), line(line_of(mark)) {}
  unsigned line;
};

class tree_builder final : public YAML::EventHandler {
 public:
  yaml_document take() { return {.root = std::move(root_), .found = std::move(found_)}; }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw refused(mark, "YAML aliases are not read here: write the value out");
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { add({.line = line_of(mark)}, mark); }

  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& value) override {
    add({.type = yaml_node::kind::scalar, .line = line_of(mark), .text = value}, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    open({.type = yaml_node::kind::sequence, .line = line_of(mark)}, mark);
  }

  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    open({.type = yaml_node::kind::map, .line = line_of(mark)}, mark);
  }

  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  // A collection that is still being read. Its children's addresses change as siblings arrive, so it is kept here by
  // value and handed to its parent when it ends.
  struct level {
    yaml_node node;
    bool key_is_next = false;
    std::string key;
    unsigned key_line = 0;
  };

  void count(const YAML::Mark& mark) {
    if (++nodes_ > most_nodes) {
      throw refused(mark, "the file has more than 4096 values");
    }
  }

  void open(yaml_node node, const YAML::Mark& mark) {
    count(mark);
    if (open_.size() >= most_levels) {
      throw refused(mark, "the file is nested more than 16 levels deep");
    }
    if (!open_.empty() && open_.back().key_is_next) {
      throw refused(mark, "a key must be a plain word");
    }
    const bool is_map = node.type == yaml_node::kind::map;
    open_.push_back({.node = std::move(node), .key_is_next = is_map});
  }

  void close() {
    yaml_node done = std::move(open_.back().node);
    open_.pop_back();
    attach(std::move(done));
  }

  void add(yaml_node node, const YAML::Mark& mark) {
    count(mark);
    if (!open_.empty() && open_.back().key_is_next) {
      take_key(node, mark);
    } else {
      attach(std::move(node));
    }
  }

  void take_key(const yaml_node& node, const YAML::Mark& mark) {
    if (node.type != yaml_node::kind::scalar) {
      throw refused(mark, "a key must be a plain word");
    }
    level& map = open_.back();
    map.key = ascii::to_lower(node.text);
    map.key_line = node.line;
    map.key_is_next = false;
    const auto first = std::ranges::find(map.node.children, map.key, &yaml_node::key);
    if (first != map.node.children.end()) {
      found_.push_back(
          {.line = node.line, .text = fmt::format("this key was already given in line {}", first->key_line)});
    }
  }

  void attach(yaml_node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    level& parent = open_.back();
    if (parent.node.type == yaml_node::kind::map) {
      node.key = std::move(parent.key);
      node.key_line = parent.key_line;
      parent.key_is_next = true;
    }
    parent.node.children.push_back(std::move(node));
  }

  yaml_node root_;
  std::vector<level> open_;
  std::size_t nodes_ = 0;
  problems found_;
};

std::unexpected<problem> refuse(unsigned line, std::string text) {
  return std::unexpected(problem{.line = line, .text = std::move(text)});
}

}  // namespace

std::expected<yaml_document, problem> read_yaml(std::string_view text) {
  try {
    std::ispanstream stream{std::span<const char>(text)};
    YAML::Parser parser(stream);
    tree_builder builder;
    if (!parser.HandleNextDocument(builder)) {
      return yaml_document{};
    }
    tree_builder second;
    if (parser.HandleNextDocument(second)) {
      return refuse(0, "the file holds more than one YAML document: keep one");
    }
    return builder.take();
  } catch (const refused& stop) {
    return refuse(stop.line, stop.what());
  } catch (const YAML::Exception& error) {
    // What follows a colon quotes the file, and the file holds secrets.
    return refuse(line_of(error.mark), "not YAML: " + error.msg.substr(0, error.msg.find(':')));
  }
}

}  // namespace c2c::config
