// An array of zeroes that takes no memory where it is not written: calloc leaves that to the kernel.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace c2c::auth {

template <class T>
class zeroed_array {
  static_assert(std::is_aggregate_v<T> && std::is_trivially_copyable_v<T>, "all zero bytes must be one");

 public:
  // Throws std::bad_alloc.
  explicit zeroed_array(std::size_t size) : size_(size) {
    if (size > 0) {
      items_.reset(static_cast<T*>(std::calloc(size, sizeof(T))));
      if (!items_) {
        throw std::bad_alloc();
      }
    }
  }

  std::size_t size() const noexcept { return size_; }
  T& operator[](std::size_t at) noexcept { return items_.get()[at]; }
  const T& operator[](std::size_t at) const noexcept { return items_.get()[at]; }

 private:
  struct freed {
    void operator()(T* items) const noexcept { std::free(items); }
  };
  std::unique_ptr<T, freed> items_;
  std::size_t size_;
};

}  // namespace c2c::auth
