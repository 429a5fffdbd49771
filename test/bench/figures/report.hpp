// SPDX-License-Identifier: Apache-2.0
// The figures as a person reads them: in the terminal, as Markdown tables, as a picture.
#pragma once

#include <string>
#include <vector>

#include "test/bench/figures/certificates.hpp"
#include "test/bench/figures/figure.hpp"
#include "test/bench/figures/site.hpp"

namespace argos::bench {

// Pure functions of what was measured.
std::vector<Figure> figures_of(const std::vector<Cost>& costs);
Figure figure_of(const LoopCost& cost);
std::vector<Figure> figures_of(const CertificateCost& cost);
std::string as_text(const std::vector<Figure>& figures);
std::string as_markdown(const std::vector<Figure>& figures);
std::string as_markdown(const std::vector<Cost>& costs);
std::string as_svg(const std::vector<Cost>& costs);

}  // namespace argos::bench
