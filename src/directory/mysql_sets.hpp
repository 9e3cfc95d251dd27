// Which dispatcher set a company's calls go to, as IvozProvider's database says.
#pragma once

#include <memory>

#include "directory/mysql_pool.hpp"
#include "routing/source.hpp"

namespace c2c::directory {

// Companies.applicationServerSetId; not_found for a schema from before the sets (IvozProvider: migration
// Version20240925122541).
std::unique_ptr<routing::set_lookup> make_mysql_sets(std::shared_ptr<mysql_pool> pool);

}  // namespace c2c::directory
