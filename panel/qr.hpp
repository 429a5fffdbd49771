// SPDX-License-Identifier: Apache-2.0
// A QR code, for the camera of a phone.
#pragma once

#include <string>

namespace argos {

// A whole SVG document, dark on light, with the quiet zone that the standard asks for. Empty: the text is too long for any.
std::string qr_svg(const std::string& text);

}  // namespace argos
