// A folder that goes when the test does.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <stdlib.h>
#include <sys/stat.h>

namespace c2c::test {

class temporary_folder {
 public:
  temporary_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "c2c-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("no temporary folder can be made");
    }
    root_ = name;
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  std::string path(const std::string& name) const { return (root_ / name).string(); }

  // Returns the path of a file that holds `text` and nothing else.
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0644) const {
    const std::string out = path(name);
    std::filesystem::remove(out);
    std::ofstream(out, std::ios::binary) << text;
    ::chmod(out.c_str(), mode);
    return out;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace c2c::test
