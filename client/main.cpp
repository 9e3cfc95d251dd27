#include <exception>
#include <string>

#include "client/arguments.hpp"
#include "client/commands.hpp"
#include "client/words.hpp"

int main(int argc, char** argv) {
  using namespace c2c::client;
  try {
    auto in = parse_arguments(argc, argv);
    if (!in) {
      (in.error().error ? print_error : print_out)(in.error().text);
      return in.error().error ? static_cast<int>(exit_code::usage) : 0;
    }
    return run_command(std::move(*in));
  } catch (const std::exception& error) {
    print_error(std::string("click2call: a fault of the program itself: ") + error.what());
    return static_cast<int>(exit_code::failed);
  }
}
