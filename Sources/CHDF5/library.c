#include "library.h"
#include "CHDF5.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

struct hdf5_library hdf5;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int outcome = 1;

// The library's names in distributions: Debian's serial build first, then by age.
static const char *const names[] = {
  "libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5_serial.so.320", "libhdf5_serial.so",
  "libhdf5.so.103", "libhdf5.so.200", "libhdf5.so.310", "libhdf5.so.320", "libhdf5.so",
  "libhdf5.dylib", "/opt/homebrew/lib/libhdf5.dylib", "/usr/local/lib/libhdf5.dylib",
};

static void *open_library(void) {
  // For installations outside the search path. All symbols are bound immediately, since a forked child must not use
  // the loader.
  const char *chosen = getenv("GMMSCOPE_LIBHDF5");
  if (chosen) return dlopen(chosen, RTLD_NOW | RTLD_LOCAL);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library) return library;
  }
  return NULL;
}

static void load(void) {
  void *library = open_library();
  if (!library) return;
#define HDF5_FIND(result, name, parameters) \
  if (!(hdf5.name = (result(*) parameters)dlsym(library, #name))) { outcome = 2; return; }
  HDF5_FUNCTIONS(HDF5_FIND)
  // The variant with the link information of all versions has a number since 1.12.
  void *iterate = dlsym(library, "H5Literate");
  if (!iterate) iterate = dlsym(library, "H5Literate2");
  hdf5.H5Literate = (int (*)(hid_t, int, int, hsize_t *, link_visitor, void *))iterate;
  hdf5.file_access = (const hid_t *)dlsym(library, "H5P_CLS_FILE_ACCESS_ID_g");
  hdf5.H5Pcreate = (hid_t (*)(hid_t))dlsym(library, "H5Pcreate");
  hdf5.H5Pset_metadata_read_attempts = (int (*)(hid_t, unsigned))dlsym(library, "H5Pset_metadata_read_attempts");
  // No function is called here: the first call initializes the library, which must happen in the child. Support for
  // virtual datasets implies version 1.10 or newer.
  outcome = iterate ? 0 : 2;
}

int gmmscope_hdf5_load(void) {
  pthread_once(&once, load);
  return outcome;
}
