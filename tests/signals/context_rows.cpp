#include <bijou/signals/context_rows.hpp>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/message_of.hpp"

using bijou::ContextRows;

TEST_CASE("ContextRows: laws", "[context_rows]") {
  laws::check_conditioner(registry::maker_of_scalar<registry::signals::ContextRows>);
}

TEST_CASE("ContextRows gives rows in its order", "[context_rows]") {
  const ContextRows<double> rows{4, {2, 0, 2}};
  CHECK(rows.input_size() == 4);
  CHECK(rows.output_size() == 3);
  CHECK(rows.shape() == "4 -> 3");
  const laws::Matrix<double> context = (laws::Matrix<double>(4, 2) << 1, 2, 3, 4, 5, 6, 7, 8).finished();
  const laws::Matrix<double> expected = (laws::Matrix<double>(3, 2) << 5, 6, 1, 2, 5, 6).finished();
  CHECK(laws::evaluate(rows, context) == expected);
}

TEST_CASE("ContextRows refuses rows that are not there", "[context_rows]") {
  CHECK(message_of([] { ContextRows<float>{3, {0, 3}}; }) == "ContextRows: expected rows of a context of 3, got 3");
  CHECK(message_of([] { ContextRows<float>{3, {-1}}; }) == "ContextRows: expected rows of a context of 3, got -1");
  CHECK(message_of([] { ContextRows<float>{3, {}}; }) == "ContextRows: expected at least 1 row");
}
