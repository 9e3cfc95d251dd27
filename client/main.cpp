#include <exception>
#include <string>

#include "client/arguments.hpp"
#include "client/commands.hpp"
#include "client/output.hpp"
#include "client/words.hpp"

int main(int argc, char** argv) {
  using namespace c2c::client;
  hold_standard_streams();
  try {
    auto in = parse_arguments(argc, argv);
    if (!in) {
      if (in.error().error) {
        print_error(in.error().text);
        return static_cast<int>(exit_code::usage);
      }
      return print_out(in.error().text);
    }
    return run_command(std::move(*in));
  } catch (const std::exception& error) {
    print_error(std::string("click2call: a fault of the program itself: ") + error.what());
    return static_cast<int>(exit_code::failed);
  }
}
