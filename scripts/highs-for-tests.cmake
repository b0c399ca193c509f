# How HiGHS is compiled for the tests (see highs-tools.sh): in two minutes instead of nine. It solves small models only there. Builds of relus
# by users do not read this file.
set(CMAKE_UNITY_BUILD ON CACHE BOOL "several sources at once")
set(CMAKE_C_FLAGS_RELEASE "-O1 -DNDEBUG" CACHE STRING "flags of the build type that cargo asks for")
set(CMAKE_CXX_FLAGS_RELEASE "-O1 -DNDEBUG" CACHE STRING "flags of the build type that cargo asks for")
