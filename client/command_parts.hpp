// What the program's commands have in common: where they read from, and how they end.
#pragma once

#include <chrono>
#include <expected>
#include <string>

#include "client/arguments.hpp"
#include "client/follow.hpp"
#include "client/interrupt.hpp"
#include "client/screen.hpp"
#include "client/settings.hpp"
#include "client/words.hpp"

namespace c2c::client {

const char* environment(const char* name);
std::chrono::sys_seconds now();

// Says what is wrong with the command line or the settings; the exit code.
int wrong(const arguments& in, std::string sentence);

// Says how it ended, as the one line that counts; the exit code.
int finish(const report& said, const std::string& json, screen& out);
// The same where standard output has all that there is to say, if it took it; else standard error gets `text`.
int written(const screen& out, const std::string& text);

std::expected<given, std::string> gather(arguments& in, const std::string& path);

// What `click2call hangup` needs to reach the same service, to be asked before gather(); and that whole command line.
std::string service_options(const arguments& in);
std::string hangup_command(const std::string& options, const std::string& iden);

// Shows the call until it is over, or hung up where `stop` is asked or nobody reads any more.
end_of_call watch(const live_call& which, const context& about, screen& out, interrupt& stop);
int conclude(const end_of_call& how, const context& about, screen& out);

int call(arguments in);

}  // namespace c2c::client
