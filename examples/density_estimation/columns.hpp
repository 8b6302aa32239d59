#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "flow.hpp"
#include "options.hpp"
#include "rows.hpp"
#include "table.hpp"

/// What each column of the table is to the flow: a coordinate of the event, a row of the context, or nothing. Columns
/// on a circle are the first coordinates of the event; in a context they enter as sine and cosine.
class Columns {
 public:
  /// Throws InputError for options that name no column, or one in two roles, and for rows that no density is fitted to:
  /// too few, a constant column, numbers outside of the bounds.
  Columns(const Options& options, const Table& data);

  /// The flow's view of a table that has these columns, by name; by place if neither table has names. Throws InputError
  /// for a column that is missing.
  Rows rows_of(const Table& table) const;
  /// A table of the columns that are used, in their order in the file, from events and the rows of the data whose
  /// contexts they were drawn for.
  Eigen::MatrixXd table_of(const Eigen::MatrixXd& events, const Table& data,
                           const std::vector<Eigen::Index>& rows_of_contexts) const;
  /// The names of the columns that are used.
  std::vector<std::string> names() const;
  /// Those of the coordinates of an event and then of its context, as the flow takes them. Throws InputError if the
  /// context is not that of the table.
  std::vector<std::string> names_of_model() const;
  /// The columns that are used, of a table such as the data.
  Eigen::MatrixXd used(const Table& data) const;

  const EventShape& shape() const { return shape_; }
  Eigen::Index context_columns() const { return static_cast<Eigen::Index>(contexts_.size()); }

 private:
  struct Column {
    Eigen::Index index;  // in the data
    std::string name;
    bool is_circular = false;
    double low = 0;  // of bounds or circle
    double high = 0;
  };

  void require_rows(const Table& data) const;
  void require_columns(const Table& data) const;
  std::vector<Column> all() const;

  std::vector<Column> events_;
  std::vector<Column> contexts_;
  bool data_have_names_ = false;
  Eigen::Index data_columns_ = 0;
  EventShape shape_;
};
