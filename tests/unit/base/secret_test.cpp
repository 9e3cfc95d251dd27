#include "base/secret.hpp"

#include <type_traits>

#include <gtest/gtest.h>

namespace c2c {
namespace {

template <class T>
concept printable = requires(std::ostream& out, const T& value) { out << value; };

TEST(Secret, CannotBePrintedOrBecomeTextByItself) {
  static_assert(!printable<secret>);
  static_assert(!std::is_convertible_v<secret, std::string>);
  static_assert(!std::is_convertible_v<std::string, secret>);
}

TEST(Secret, LeavesNothingBehindWhenMoved) {
  secret from("short");
  const char* bytes = from.reveal().data();
  const secret to(std::move(from));
  EXPECT_EQ(to.reveal(), "short");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(bytes[i], '\0');  // the small buffer of `from`, which still lives
  }
}

TEST(Secret, CopiesAndReplaces) {
  const secret one("a key that is too long for the small buffer of a string");
  secret two("b");
  two = one;
  EXPECT_EQ(two.reveal(), one.reveal());
  two = secret("c");
  EXPECT_EQ(two.reveal(), "c");
  secret& itself = two;
  two = itself;
  EXPECT_EQ(two.reveal(), "c");
}

TEST(Secret, TakesATextAndLeavesNothingOfIt) {
  std::string text(100, 'x');
  const char* const where = text.data();
  const secret taken = secret::take(std::move(text));
  EXPECT_EQ(taken.reveal(), std::string(100, 'x'));
  EXPECT_EQ(std::string_view(where, 100).find('x'), std::string_view::npos);
}

}  // namespace
}  // namespace c2c
