// The directory in MariaDB or MySQL: IvozProvider's tables, or another schema by a query of the operator's.
#pragma once

#include <memory>
#include <string>

#include "directory/directory.hpp"
#include "directory/mysql_pool.hpp"

namespace c2c::directory {

// `query` as compile_query() gives it, or empty for IvozProvider's tables. find() answers within the pool's deadline.
std::unique_ptr<directory> make_mysql(std::shared_ptr<mysql_pool> pool, std::string query);

// For --check: logs in, runs the directory's query and the ones behind make_mysql_source(). A line for the operator, or
// a failure whose detail says what to do.
task<result<std::string>> check_mysql(std::shared_ptr<mysql_pool> pool, std::string query);

}  // namespace c2c::directory
