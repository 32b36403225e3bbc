#define BOOST_TEST_MODULE myelin
#include <boost/test/unit_test.hpp>
