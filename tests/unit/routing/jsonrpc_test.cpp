#include "routing/jsonrpc.hpp"

#include <string>

#include <gtest/gtest.h>

namespace c2c::routing {
namespace {

// As Kamailio 5.6.3 printed it, tabs and all.
constexpr std::string_view found =
    "{\n\t\"jsonrpc\":\t\"2.0\",\n\t\"result\":\t{\n\t\t\"item\":\t{\n\t\t\t\"name\":\t\"7\",\n\t\t\t\"value\":\t"
    "\"sip:10.0.0.5:6060\",\n\t\t\t\"flags\":\t2,\n\t\t\t\"expire\":\t\"NEVER\"\n\t\t}\n\t},\n\t\"id\":\t1\n}";
constexpr std::string_view missing =
    R"({"jsonrpc":"2.0","error":{"code":500,"message":"Key name doesn't exist in htable."},"id":1})";
constexpr std::string_view list = R"({"jsonrpc":"2.0","result":{"NRSETS":2,"RECORDS":[
  {"SET":{"ID":2,"TARGETS":[{"DEST":{"URI":"sip:10.0.0.9:6060","FLAGS":"DX","PRIORITY":1}}]}},
  {"SET":{"ID":1,"TARGETS":[{"DEST":{"URI":"sip:10.0.0.3:6060","FLAGS":"IX","PRIORITY":20}},
    {"DEST":{"URI":"sip:10.0.0.2:6060","FLAGS":"AX","PRIORITY":10,"ATTRS":{"BODY":"x","WEIGHT":5}}},
    {"DEST":{"URI":"sip:10.0.0.1:6060","FLAGS":"TP","PRIORITY":10}}]}}]},"id":1})";

std::string item(std::string_view value) {
  return R"({"jsonrpc":"2.0","result":{"item":{"name":"7","value":)" + std::string(value) + R"(,"flags":2}},"id":1})";
}

template <class T>
errc code(const result<T>& reply) {
  return reply ? errc{} : reply.error().code;
}

TEST(JsonRpc, AsksForTheCompanyAsAString) {
  EXPECT_EQ(htable_get_request("AsPerCompanyId", 7),
            R"({"jsonrpc":"2.0","method":"htable.get","params":["AsPerCompanyId","7"],"id":1})");
}

TEST(JsonRpc, TakesTheHostOutOfAFoundValue) {
  EXPECT_EQ(parse_htable_reply(200, found), "10.0.0.5");
}

TEST(JsonRpc, OnlyTheExactWordsMeanThatTheKeyIsMissing) {
  EXPECT_EQ(code(parse_htable_reply(500, missing)), errc::not_found);
  for (const char* message : {"No such htable", "Method Not Found", "Key name doesn't exist in htable", "", "500"}) {
    const std::string body = R"({"error":{"code":500,"message":")" + std::string(message) + R"("},"id":1})";
    EXPECT_EQ(code(parse_htable_reply(500, body)), errc::malformed) << message;
  }
}

TEST(JsonRpc, AnErrorIsToldInTheDetailWithoutControlCharacters) {
  const auto reply = parse_htable_reply(500, R"({"error":{"message":"No such\r\nhtable"}})");
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().detail.find("No such??htable"), std::string::npos) << reply.error().detail;
}

TEST(JsonRpc, AValueThatIsNoSipUriIsMalformed) {
  for (const char* value : {"42", "null", "{}", "\"\"", "\"10.0.0.5\"", "\"tel:123\"", "[\"sip:10.0.0.5\"]"}) {
    EXPECT_EQ(code(parse_htable_reply(200, item(value))), errc::malformed) << value;
  }
}

TEST(JsonRpc, AnythingElseIsMalformed) {
  for (const std::string& body :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("{}"),
        std::string(R"({"result":1})"), std::string("<html>"), std::string(100, '['), std::string(R"({"error":1})"),
        std::string(found) + "}", std::string(max_reply_bytes + 1, ' ')}) {
    EXPECT_EQ(code(parse_htable_reply(200, body)), errc::malformed) << body.substr(0, 40);
    EXPECT_EQ(code(parse_dispatcher_list(200, body)), errc::malformed) << body.substr(0, 40);
  }
  EXPECT_EQ(code(parse_htable_reply(404, found)), errc::malformed);
}

TEST(DispatcherList, KeepsSetsAndDestinationsInOrder) {
  const auto sets = parse_dispatcher_list(200, list);
  ASSERT_TRUE(sets) << sets.error().detail;
  ASSERT_EQ(sets->size(), 2U);
  EXPECT_EQ((*sets)[0].id, 2U);
  EXPECT_EQ((*sets)[1].id, 1U);
  const std::vector<destination> expected{
      {"10.0.0.3", "IX", false}, {"10.0.0.2", "AX", true}, {"10.0.0.1", "TP", true}};
  EXPECT_EQ((*sets)[1].destinations, expected);
  EXPECT_FALSE((*sets)[0].destinations[0].usable);
}

TEST(DispatcherList, IsReadWhateverTheNesting) {
  for (const char* body : {R"({"result":{"RECORDS":{"SET":{"ID":1,"TARGETS":{"DEST":{"URI":"sip:a","FLAGS":"AP"}}}}}})",
                           R"({"result":[{"ID":1,"TARGETS":[{"URI":"sip:a","FLAGS":"AP"}]}]})",
                           R"({"result":{"SET":[{"ID":1,"TARGETS":{"DEST":[{"URI":"sip:a","FLAGS":"AP"}]}}]}})"}) {
    const auto sets = parse_dispatcher_list(200, body);
    ASSERT_TRUE(sets) << body;
    ASSERT_EQ(sets->size(), 1U) << body;
    EXPECT_EQ((*sets)[0].destinations, (std::vector<destination>{{"a", "AP", true}})) << body;
  }
}

TEST(DispatcherList, ADestinationThatCannotBeReadKeepsItsPlace) {
  const auto sets = parse_dispatcher_list(
      200, R"({"result":{"ID":1,"TARGETS":[{"URI":7,"FLAGS":"AX"},{"URI":"sip:a","FLAGS":"AX"}]}})");
  ASSERT_TRUE(sets);
  EXPECT_EQ((*sets)[0].destinations, (std::vector<destination>{{"", "AX", false}, {"a", "AX", true}}));
}

TEST(DispatcherList, WithoutSetsIsNotFoundInKamailiosWords) {
  EXPECT_EQ(code(parse_dispatcher_list(500, R"({"error":{"code":500,"message":"No Destination Sets"}})")),
            errc::not_found);
}

TEST(DispatcherList, ADestinationOverTlsIsAsUsableAsAnyOther) {
  const auto sets =
      parse_dispatcher_list(200, R"({"result":{"ID":1,"TARGETS":[{"URI":"sips:as1:5061","FLAGS":"AX"}]}})");
  ASSERT_TRUE(sets);
  EXPECT_EQ((*sets)[0].destinations, (std::vector<destination>{{"as1", "AX", true}}));
}

TEST(DispatcherList, ASetWithoutAnIdOrAFloodOfDestinationsIsMalformed) {
  EXPECT_EQ(code(parse_dispatcher_list(200, R"({"result":{"TARGETS":[]}})")), errc::malformed);
  EXPECT_EQ(code(parse_dispatcher_list(200, R"({"result":{"ID":-1,"TARGETS":[]}})")), errc::malformed);
  std::string body = R"({"result":{"ID":1,"TARGETS":[{"URI":"sip:a"})";
  for (int i = 0; i < 1000; ++i) {
    body += R"(,{"URI":"sip:a"})";
  }
  EXPECT_EQ(code(parse_dispatcher_list(200, body + "]}}")), errc::malformed);
}

// As Kamailio 5.6.3 printed it, shortened.
std::string contacts(std::string_view expires) {
  return "{\n\t\"jsonrpc\":\t\"2.0\",\n\t\"result\":\t{\n\t\t\"AoR\":\t\"alice@127.0.0.1\",\n\t\t\"Contacts\":\t[" +
         std::string(expires) + "]\n\t},\n\t\"id\":\t1\n}";
}

std::string contact(std::string_view expires) {
  return R"({"Contact":{"Address":"sip:alice@127.0.0.1:58991","Expires":)" + std::string(expires) + R"(,"Q":-1}})";
}

std::string ul_error(std::string_view message) {
  return R"({"jsonrpc":"2.0","error":{"code":500,"message":")" + std::string(message) + R"("},"id":1})";
}

TEST(Location, AsksForUserAndDomain) {
  EXPECT_EQ(ul_lookup_request("kam_users_location", "alice", "127.0.0.1"),
            R"({"jsonrpc":"2.0","method":"ul.lookup","params":["kam_users_location","alice@127.0.0.1"],"id":1})");
}

TEST(Location, ANameCannotWriteMoreOfTheRequest) {
  EXPECT_EQ(ul_lookup_request("t", "a\"],\"method\":\"core.kill\n", "x\\"),
            R"({"jsonrpc":"2.0","method":"ul.lookup","params":["t","a\"],\"method\":\"core.kill\n@x\\"],"id":1})");
}

TEST(Location, AContactMeansRegistered) {
  for (const char* expires : {"57", "0", "\"permanent\""}) {
    EXPECT_EQ(parse_ul_reply(200, contacts(contact(expires))), true) << expires;
  }
  EXPECT_EQ(parse_ul_reply(200, contacts(contact("1") + "," + contact("3600"))), true);
  EXPECT_EQ(parse_ul_reply(200, R"({"result":{"Contact":{"Expires":5}}})"), true) << "as before Kamailio 5.1";
}

TEST(Location, NoRecordAndNoContactLeftMeanNotRegistered) {
  EXPECT_EQ(parse_ul_reply(500, ul_error("AOR not found in location table")), false);
  EXPECT_EQ(parse_ul_reply(500, ul_error("AOR has no contacts")), false);
  EXPECT_EQ(parse_ul_reply(404, ul_error("AOR not found in location table")), false) << "whatever its code";
}

TEST(Location, AContactThatIsGoneDoesNotCount) {
  EXPECT_EQ(parse_ul_reply(200, contacts(contact("\"expired\"") + "," + contact("\"deleted\""))), false);
  EXPECT_EQ(parse_ul_reply(200, contacts(contact("\"expired\"") + "," + contact("9"))), true);
}

TEST(Location, AnythingElseIsNotKnown) {
  for (const char* message : {"Domain table not found", "Domain not found", "Domain missing in AOR", "Method Not Found",
                              "AOR not found", "aor has no contacts", "Not enough parameters (table and AOR to lookup)",
                              "Internal error creating outer rpc", ""}) {
    EXPECT_EQ(code(parse_ul_reply(500, ul_error(message))), errc::malformed) << message;
  }
  for (const std::string& body : {std::string(), std::string("{}"), std::string("<html>"), contacts(""),
                                  std::string(R"({"result":{}})"), std::string(R"({"result":true})")}) {
    EXPECT_EQ(code(parse_ul_reply(200, body)), errc::malformed) << body;
  }
  EXPECT_EQ(code(parse_ul_reply(403, contacts(contact("57")))), errc::malformed);
}

}  // namespace
}  // namespace c2c::routing
