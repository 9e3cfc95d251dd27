#include "client/tickets.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace c2c::client {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr std::chrono::sys_seconds now{seconds(1'800'000'000)};
constexpr seconds hour{3600};

class home_folder {
 public:
  home_folder() {
    std::string name = (fs::temp_directory_path() / "click2call-home-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  home_folder(const home_folder&) = delete;
  home_folder& operator=(const home_folder&) = delete;
  ~home_folder() { fs::remove_all(path_); }
  fs::path path() const { return path_; }
  fs::path tickets() const { return path_ / ".local/state/click2call"; }

  ticket_store store() const {
    return ticket_store(
        [this](const char* name) { return std::string_view(name) == "HOME" ? path_.c_str() : nullptr; });
  }

 private:
  fs::path path_;
};

kept_ticket ticket(const std::string& text) {
  return {.url = "https://pbx.example.com", .ticket = text};
}

unsigned mode_of(const fs::path& path) {
  return static_cast<unsigned>(fs::status(path).permissions());
}

std::string found(const ticket_store& store, std::string_view iden, std::chrono::sys_seconds when = now) {
  const auto out = store.find(iden, when);
  EXPECT_TRUE(out.has_value()) << out.error();
  return out && *out ? (*out)->ticket : "";
}

}  // namespace

TEST(Tickets, AreKeptForTheirOwnerOnly) {
  const home_folder home;
  const ticket_store store = home.store();
  ASSERT_TRUE(store.keep("MyCall", ticket("1.a.b"), now, hour).has_value());
  EXPECT_EQ(mode_of(home.tickets()), 0700U);
  EXPECT_EQ(mode_of(home.tickets() / "mycall"), 0600U);
  const auto kept = store.find("mYcALL", now);
  ASSERT_TRUE(kept && *kept) << "idens are the same whatever their case";
  EXPECT_EQ((*kept)->ticket, "1.a.b");
  EXPECT_EQ((*kept)->url, "https://pbx.example.com");
  EXPECT_EQ(found(store, "other"), "");
}

TEST(Tickets, OfTheSameCallAreReplaced) {
  const home_folder home;
  const ticket_store store = home.store();
  ASSERT_TRUE(store.keep("call", ticket("a-long-one"), now, hour).has_value());
  ASSERT_TRUE(store.keep("call", ticket("b"), now, hour).has_value());
  EXPECT_EQ(found(store, "call"), "b");
}

TEST(Tickets, AreForgotten) {
  const home_folder home;
  const ticket_store store = home.store();
  store.forget("call");  // no folder yet
  ASSERT_TRUE(store.keep("call", ticket("a"), now, hour).has_value());
  store.forget("CALL");
  EXPECT_EQ(found(store, "call"), "");
  EXPECT_TRUE(fs::is_empty(home.tickets()));
}

TEST(Tickets, AreGoodUntilTheirTimeIsOverAndThenRemoved) {
  const home_folder home;
  const ticket_store store = home.store();
  ASSERT_TRUE(store.keep("old", ticket("a"), now, hour).has_value());
  EXPECT_EQ(found(store, "old", now + hour - seconds(1)), "a");
  EXPECT_EQ(found(store, "old", now + hour), "");
  ASSERT_TRUE(store.keep("new", ticket("b"), now + hour, hour).has_value());
  EXPECT_FALSE(fs::exists(home.tickets() / "old"));
  EXPECT_TRUE(fs::exists(home.tickets() / "new"));
}

TEST(Tickets, AreNotKeptWithoutEnd) {
  const home_folder home;
  const ticket_store store = home.store();
  for (std::size_t i = 0; i < ticket_store::most + 5; ++i) {
    ASSERT_TRUE(store.keep("call-" + std::to_string(i), ticket("t" + std::to_string(i)), now, hour).has_value());
    // A clock of the file system may be coarser than this loop.
    const auto written = fs::file_time_type::clock::now() - std::chrono::hours(1) + seconds(i);
    fs::last_write_time(home.tickets() / ("call-" + std::to_string(i)), written);
  }
  ASSERT_TRUE(store.keep("last", ticket("last"), now, hour).has_value());
  EXPECT_EQ(std::distance(fs::directory_iterator(home.tickets()), {}), static_cast<long>(ticket_store::most));
  EXPECT_EQ(found(store, "call-0"), "");
  EXPECT_EQ(found(store, "last"), "last");
}

TEST(Tickets, ThatOthersCanReadAreRefused) {
  const home_folder home;
  const ticket_store store = home.store();
  ASSERT_TRUE(store.keep("call", ticket("a"), now, hour).has_value());
  fs::permissions(home.tickets() / "call", fs::perms(0640));
  const auto refused = store.find("call", now);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().contains("chmod 600"));
  fs::permissions(home.tickets(), fs::perms(0750));
  const auto kept = store.keep("other", ticket("b"), now, hour);
  ASSERT_FALSE(kept.has_value());
  EXPECT_TRUE(kept.error().contains("chmod 700"));
}

TEST(Tickets, AreNotFollowedThroughALink) {
  const home_folder home;
  const ticket_store store = home.store();
  ASSERT_TRUE(store.keep("real", ticket("a"), now, hour).has_value());
  fs::create_symlink("real", home.tickets() / "link");
  EXPECT_FALSE(store.find("link", now).has_value());
}

TEST(Tickets, ThatAreDamagedAreNone) {
  const home_folder home;
  const ticket_store store = home.store();
  ASSERT_TRUE(store.keep("good", ticket("a"), now, hour).has_value());
  for (const char* text : {"", "1900000000\nurl\nticket", "x\nurl\nticket\n", "1900000000\nurl\nwith space\n"}) {
    std::ofstream(home.tickets() / "bad") << text;
    fs::permissions(home.tickets() / "bad", fs::perms(0600));
    EXPECT_EQ(found(store, "bad"), "") << text;
  }
  ASSERT_TRUE(store.keep("good", ticket("a"), now, hour).has_value());
  EXPECT_FALSE(fs::exists(home.tickets() / "bad"));
}

TEST(Tickets, StandUnderTheStateHomeWhereThereIsOne) {
  const home_folder home;
  const std::string state = (home.path() / "state").string();
  const auto in = [](const char* xdg, const char* home_value) {
    return ticket_store([=](const char* name) { return std::string_view(name) == "HOME" ? home_value : xdg; }).folder();
  };
  EXPECT_EQ(in(state.c_str(), "/people/alice"), state + "/click2call");
  EXPECT_EQ(in("relative", "/people/alice"), "/people/alice/.local/state/click2call");
  EXPECT_EQ(in(nullptr, nullptr), "");
  const ticket_store store(
      [&](const char* name) { return std::string_view(name) == "HOME" ? nullptr : state.c_str(); });
  ASSERT_TRUE(store.keep("call", ticket("a"), now, hour).has_value());
  EXPECT_EQ(mode_of(state), 0700U);
  EXPECT_EQ(found(store, "call"), "a");
}

TEST(Tickets, MakeNoHome) {
  const home_folder home;
  const std::string nowhere = (home.path() / "nobody").string();
  const ticket_store store(
      [&](const char* name) { return std::string_view(name) == "HOME" ? nowhere.c_str() : nullptr; });
  EXPECT_FALSE(store.keep("call", ticket("a"), now, hour).has_value());
  EXPECT_FALSE(fs::exists(nowhere));
  const ticket_store none([](const char*) { return nullptr; });
  EXPECT_FALSE(none.keep("call", ticket("a"), now, hour).has_value());
  EXPECT_EQ(found(none, "call"), "");
}

TEST(Tickets, AreMadeOfABearerTokensCharacters) {
  EXPECT_TRUE(is_ticket("1795382449.YWxpY2U_-.0123abcdef"));
  EXPECT_TRUE(is_ticket(std::string(2048, 'x')));
  for (const std::string& text : {std::string(), std::string("a b"), std::string("a\r\nb"), std::string(2049, 'x')}) {
    EXPECT_FALSE(is_ticket(text));
  }
}

}  // namespace c2c::client
