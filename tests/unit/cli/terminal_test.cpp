#include "cli/terminal.hpp"

#include <sstream>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"

namespace c2c::cli {
namespace {

class TerminalCommand : public testing::Test {
 protected:
  // The exit code of `click2calld terminal WORDS --db …`; `typed` is what is typed at the prompts.
  int run(std::vector<std::string> words, std::vector<std::string> typed = {"s3cret"}, bool interactive = false) {
    out.str("");
    err.str("");
    prompts = 0;
    terminal_streams streams{.out = &out,
                             .err = &err,
                             .ask = [this, typed](const std::string&) -> std::optional<std::string> {
                               return prompts < typed.size() ? std::optional(typed[prompts++]) : std::nullopt;
                             },
                             .is_interactive = interactive};
    CLI::App app("click2calld");
    int code = 0;
    add_terminal_command(app, code, streams);
    words.insert(words.begin(), "terminal");
    words.insert(words.end(), {"--db", path});
    std::ranges::reverse(words);  // as CLI11 takes a vector
    try {
      app.parse(words);
    } catch (const CLI::ParseError&) {
      return 2;
    }
    return code;
  }

  test::temporary_folder folder;
  std::string path = folder.path("terminals.db");
  std::ostringstream out;
  std::ostringstream err;
  std::size_t prompts = 0;
};

TEST_F(TerminalCommand, AddsListsAndRemoves) {
  EXPECT_EQ(run({"add", "alice@example.com", "--extension", "101"}), 0) << err.str();
  EXPECT_EQ(
      run({"add", "bob@example.com", "--extension", "102", "--endpoint", "b-1", "--company", "3", "--brand", "4"}), 0);
  EXPECT_EQ(run({"list"}), 0);
  EXPECT_EQ(out.str(),
            "TERMINAL           ENDPOINT  EXTENSION  COMPANY  BRAND\n"
            "alice@example.com  alice     101        1        1\n"
            "bob@example.com    b-1       102        3        4\n");
  EXPECT_EQ(run({"list", "--json"}), 0);
  EXPECT_EQ(out.str().find("s3cret"), std::string::npos);
  EXPECT_EQ(
      out.str(),
      R"([{"name":"alice","domain":"example.com","endpoint":"alice","extension":"101","companyId":1,"brandId":1},)"
      R"({"name":"bob","domain":"example.com","endpoint":"b-1","extension":"102","companyId":3,"brandId":4}])"
      "\n");
  EXPECT_EQ(run({"remove", "ALICE@example.com"}), 0);
  EXPECT_EQ(run({"remove", "alice@example.com"}), 1);
  EXPECT_NE(err.str().find("there is no alice@example.com"), std::string::npos);
}

TEST_F(TerminalCommand, SaysThatATerminalIsThereAlready) {
  ASSERT_EQ(run({"add", "alice@example.com", "--extension", "101"}), 0);
  EXPECT_EQ(run({"add", "alice@example.com", "--extension", "102"}), 1);
  EXPECT_NE(err.str().find("--replace"), std::string::npos);
  EXPECT_EQ(run({"add", "alice@example.com", "--extension", "102", "--replace"}), 0);
}

TEST_F(TerminalCommand, WantsATypedPasswordTwice) {
  EXPECT_EQ(run({"add", "alice@example.com", "--extension", "101"}, {"s3cret", "s3cret!"}, true), 2);
  EXPECT_EQ(run({"list"}), 1) << "nothing may have been made";
  EXPECT_EQ(run({"add", "alice@example.com", "--extension", "101"}, {"s3cret", "s3cret"}, true), 0);
}

TEST_F(TerminalCommand, RefusesAnEmptyOrMissingPassword) {
  EXPECT_EQ(run({"add", "alice@example.com", "--extension", "101"}, {}), 2);
  EXPECT_EQ(run({"add", "alice@example.com", "--extension", "101"}, {""}), 2);
}

TEST_F(TerminalCommand, TakesNoPasswordFromAFlag) {
  EXPECT_EQ(run({"add", "alice@example.com", "--extension", "101", "--password", "s3cret"}), 2);
}

TEST_F(TerminalCommand, ChecksTheValuesBeforeItAsksForThePassword) {
  EXPECT_EQ(run({"add", "alice", "--extension", "101"}), 2);
  EXPECT_EQ(run({"add", "alice@example.com", "--extension", "10a"}), 2);
  EXPECT_EQ(run({"add", "alice@example.com", "--extension", "101", "--endpoint", "a,b"}), 2);
  EXPECT_EQ(prompts, 0U);
  EXPECT_EQ(run({"add", "alice@example.com"}), 2);
  EXPECT_EQ(run({"remove", "alice"}), 2);
  EXPECT_EQ(run({}), 2);
}

TEST_F(TerminalCommand, SaysHowAMissingFileIsMade) {
  EXPECT_EQ(run({"list"}), 1);
  EXPECT_NE(err.str().find("terminal add"), std::string::npos) << err.str();
  EXPECT_EQ(run({"remove", "alice@example.com"}), 1);
}

}  // namespace
}  // namespace c2c::cli
