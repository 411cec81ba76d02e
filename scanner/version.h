/* version.h - set by CMakeLists.txt, whose project() line is the one place where the version stands. */
#ifndef SCANNER_VERSION_H
#define SCANNER_VERSION_H

#ifndef NEPTUNE_SCAN_VERSION
#error "NEPTUNE_SCAN_VERSION comes from CMakeLists.txt"
#endif

#endif
