#include "config/secrets.hpp"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "config/config.hpp"
#include "support/temporary_folder.hpp"

namespace c2c::config {
namespace {

std::string file_with(const std::string& secrets) {
  return "db: {driver: sqlite}\nrouting: {application_servers: [127.0.0.1]}\n" + secrets;
}

TEST(Secrets, ComeFromFilesWithoutTheirLastNewline) {
  const test::temporary_folder folder;
  const auto got = parse(file_with(fmt::format("digest: {{secret_file: {}}}\nami: {{user: a, secret_file: {}}}\n",
                                               folder.write("digest", "0123456789abcdef\n", 0600),
                                               folder.write("ami", "two words\r\n", 0640))));
  ASSERT_TRUE(got) << describe(got.error(), "config.yml");
  EXPECT_EQ(got->digest.key.reveal(), "0123456789abcdef");
  EXPECT_EQ(got->ami.secret.reveal(), "two words");
}

TEST(Secrets, OfTheDatabaseComeFromAFileToo) {
  const test::temporary_folder folder;
  const auto got =
      parse(fmt::format("digest: {{secret: 0123456789abcdef}}\nami: {{user: a, secret: b}}\nrouting: "
                        "{{application_servers: [127.0.0.1]}}\n"
                        "db: {{host: localhost, name: n, user: u, password_file: {}}}\n",
                        folder.write("db", "of the tables", 0600)));
  ASSERT_TRUE(got) << describe(got.error(), "config.yml");
  EXPECT_EQ(got->db.password.reveal(), "of the tables");
}

TEST(Secrets, GivenTwiceAreRefused) {
  const test::temporary_folder folder;
  const auto got = parse(
      file_with(fmt::format("ami: {{user: a, secret: b}}\ndigest:\n  secret: 0123456789abcdef\n  secret_file: {}\n",
                            folder.write("digest", "0123456789abcdef\n", 0600))));
  ASSERT_FALSE(got);
  EXPECT_EQ(describe(got.error(), "c"), "c:6: digest.secret_file and secret are both given: keep one\n");
}

TEST(Secrets, APlaceholderOrShortOneInAFileIsRefusedAsWell) {
  const test::temporary_folder folder;
  for (const char* text : {"change-me-please", "short"}) {
    EXPECT_FALSE(parse(file_with(fmt::format("ami: {{user: a, secret: b}}\ndigest: {{secret_file: {}}}\n",
                                             folder.write("digest", text, 0600)))));
  }
}

TEST(Secrets, AFileThatEverybodyCanOpenIsRefused) {
  const test::temporary_folder folder;
  for (const mode_t mode : {0644U, 0604U, 0602U}) {
    const auto got = read_secret_file(folder.write("secret", "hunter2\n", mode));
    ASSERT_FALSE(got);
    EXPECT_NE(got.error().find("chmod 640"), std::string::npos) << got.error();
    EXPECT_EQ(got.error().find("hunter2"), std::string::npos);
  }
}

TEST(Secrets, AFileThatCannotBeReadSaysWhy) {
  const test::temporary_folder folder;
  const auto missing = read_secret_file(folder.path("none"));
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().find("No such file or directory"), std::string::npos) << missing.error();
  const auto itself = read_secret_file(folder.path(""));
  ASSERT_FALSE(itself);
  EXPECT_NE(itself.error().find("no regular file"), std::string::npos) << itself.error();
}

TEST(Secrets, AFifoDoesNotHoldUpTheStart) {
  const test::temporary_folder folder;
  const std::string path = folder.path("fifo");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(read_secret_file(path));
}

TEST(Secrets, AFileMustHoldOneShortLine) {
  const test::temporary_folder folder;
  EXPECT_FALSE(read_secret_file(folder.write("a", "", 0600)));
  EXPECT_FALSE(read_secret_file(folder.write("b", "\n", 0600)));
  EXPECT_FALSE(read_secret_file(folder.write("c", "one\ntwo\n", 0600)));
  EXPECT_FALSE(read_secret_file(folder.write("d", std::string("a\0b", 3), 0600)));
  EXPECT_FALSE(read_secret_file(folder.write("e", std::string(4097, 'x'), 0600)));
  EXPECT_TRUE(read_secret_file(folder.write("f", std::string(4095, 'x') + "\n", 0600)));
}

}  // namespace
}  // namespace c2c::config
