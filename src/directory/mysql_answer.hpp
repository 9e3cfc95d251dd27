// What a database answers, in our words.
#pragma once

#include <boost/system/error_code.hpp>

#include "directory/mysql_pool.hpp"
#include "directory/query.hpp"

namespace boost::mysql {
class diagnostics;
class results;
}  // namespace boost::mysql

namespace c2c::directory {

bool is_of_server(const boost::system::error_code& error);

// What a server says as it goes away or throws a session out; the query was not run.
bool is_farewell(const boost::system::error_code& error);

sql_failure describe(const boost::system::error_code& error, const boost::mysql::diagnostics& said);

sql_rows to_rows(const boost::mysql::results& results);

}  // namespace c2c::directory
