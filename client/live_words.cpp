#include "client/live_words.hpp"

#include <array>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "client/hang_up.hpp"

namespace c2c::client {

namespace {

namespace json = boost::json;

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

// A sentence may begin with the destination, or with what stands for one that is not known.
std::string sentence(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  }
  return text;
}

std::string how_it_failed(end_reason why, const std::string& destination) {
  switch (why) {
    case end_reason::caller_busy: return "Your phone was busy, or declined.";
    case end_reason::caller_no_answer: return "Nobody answered your phone.";
    case end_reason::caller_failure: return "Your phone could not be reached. Is it on, and registered?";
    case end_reason::caller_abandon: return "The call was given up before " + destination + " answered.";
    case end_reason::callee_busy: return destination + " was busy, or declined.";
    case end_reason::callee_no_answer: return destination + " did not answer.";
    case end_reason::callee_failure:
      return destination + " could not be reached. Is it a number, and dialled as your telephone system wants it?";
    case end_reason::none:
    case end_reason::hang_up:
    case end_reason::other: break;
  }
  return "The call ended, and nobody knows why: the service lost sight of it.";
}

exit_code code_of(const snapshot& last) {
  if (last.reason == end_reason::other) {
    return exit_code::call_failed;
  }
  if (last.state == call_state::disconnected) {
    return exit_code::placed;
  }
  switch (last.reason) {
    case end_reason::caller_busy:
    case end_reason::callee_busy: return exit_code::busy;
    case end_reason::caller_no_answer:
    case end_reason::callee_no_answer: return exit_code::no_answer;
    case end_reason::caller_abandon: return exit_code::cancelled;
    case end_reason::caller_failure:
    case end_reason::callee_failure:
    case end_reason::none:
    case end_reason::hang_up:
    case end_reason::other: break;
  }
  return exit_code::call_failed;
}

std::string how_to_end(const context& about) {
  return about.end_it.empty() ? " To end it, hang up your phone, or decline the call there."
                              : " To end it: " + about.end_it;
}

report describe_lost(const failed& it, const context& about) {
  report out = describe(outcome{it}, about);
  out.text = "The call may go on, but nothing more is heard of it. " + out.text + how_to_end(about);
  return out;
}

report describe_lost(const refused& it, const context& about) {
  report out = describe_unknown(it, about);
  if (is_unknown_call(it)) {
    return out;
  }
  if (it.status == 202) {
    return {exit_code::backend,
            "The call may go on: the service was told to end it, and does not say that it has." + how_to_end(about)};
  }
  if (it.status == 401) {
    out.text += " The call may go on: hang up your phone, or decline the call there.";
    return out;
  }
  out.text = "The call may go on: the service answers " + std::to_string(it.status) +
             (it.error.empty() ? "" : " (" + printable(it.error) + ")") + "." + how_to_end(about);
  return out;
}

}  // namespace

std::string clock_text(std::chrono::seconds time) {
  const std::int64_t all = std::max<std::int64_t>(0, time.count());
  const std::string tail = two_digits(all / 60 % 60) + ":" + two_digits(all % 60);
  return all < 3600 ? tail : std::to_string(all / 3600) + ":" + tail;
}

std::string describe(const snapshot& now, const std::string& destination, std::chrono::seconds talking) {
  switch (now.state) {
    case call_state::initiating: return "Calling your phone.";
    case call_state::calling_caller: return "Your phone rings.";
    case call_state::calling_callee: return "Calling " + destination + ".";
    case call_state::connected: return "Connected " + clock_text(talking) + ".";
    case call_state::disconnected:
      if (now.reason != end_reason::other) {
        const auto talked = now.talked().value_or(std::chrono::milliseconds(0));
        return "Ended after " + clock_text(std::chrono::round<std::chrono::seconds>(talked)) + ".";
      }
      break;
    case call_state::failed: break;
  }
  return sentence(how_it_failed(now.reason, destination));
}

report describe_unknown(const refused& it, const context& about) {
  if (it.status == 404 && it.error == "unknown call") {
    return {exit_code::failed, "The service does not know the call " + about.iden +
                                   ": it ended more than a minute ago, or the service was started anew."};
  }
  if (it.status == 401) {
    return {exit_code::unauthorised,
            "The ticket does not open the call " + about.iden + ": it is another call's, or too old."};
  }
  return describe(outcome{it}, about);
}

report describe(const end_of_call& how, const context& about) {
  if (const auto* last = std::get_if<snapshot>(&how)) {
    return {code_of(*last), describe(*last, about.destination, std::chrono::seconds(0))};
  }
  if (const auto* unseen = std::get_if<over_unseen>(&how)) {
    return {unseen->connected ? exit_code::placed : exit_code::cancelled, "The call is over."};
  }
  if (const auto* it = std::get_if<refused>(&how)) {
    return describe_lost(*it, about);
  }
  return describe_lost(std::get<failed>(how), about);
}

std::string to_json(const end_of_call& how, const context& about, const report& said) {
  json::object out{{"ended", true}};
  if (const auto* last = std::get_if<snapshot>(&how)) {
    out["state"] = call::to_string(last->state);
    out["reason"] = call::to_string(last->reason);
  } else {
    out["ended"] = std::holds_alternative<over_unseen>(how);
  }
  out["text"] = said.text;
  out["exit"] = static_cast<int>(said.code);
  out["iden"] = about.iden;
  return json::serialize(out);
}

}  // namespace c2c::client
