// The application servers that the database knows: where a company's calls go when Kamailio cannot tell.
#pragma once

#include <memory>
#include <string>

#include "directory/mysql_pool.hpp"
#include "routing/source.hpp"

namespace c2c::directory {

// Asks kam_dispatcher for the company's set (its destinations by priority), and where that says nothing, or the schema
// has no such table or column or the user may not read it, ApplicationServers. At most 64 servers.
std::unique_ptr<routing::source> make_mysql_source(std::shared_ptr<mysql_pool> pool);

// For --check: which of the two tables can be read, as the end of a sentence.
task<std::string> describe_mysql_source(std::shared_ptr<mysql_pool> pool);

}  // namespace c2c::directory
