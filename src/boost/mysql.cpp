#include <boost/mysql/src.hpp>
