#pragma once

#include <Eigen/Core>
#include <vector>

/// Events and their contexts as a flow takes them, one column for each row of the table; without context no rows.
struct Rows {
  Eigen::MatrixXd events;
  Eigen::MatrixXd contexts;

  Eigen::Index count() const { return events.cols(); }
  Rows operator()(const std::vector<Eigen::Index>& which) const {
    return {events(Eigen::seqN(0, events.rows()), which), contexts(Eigen::seqN(0, contexts.rows()), which)};
  }
};

/// ln p of each event under its context.
template <class Flow>
Eigen::VectorXd log_prob(const Flow& flow, const Rows& rows) {
  if (rows.contexts.rows() == 0) return flow.log_prob(rows.events);
  return flow.given(rows.contexts).log_prob(rows.events);
}
