#pragma once

// Registers the filter of h5py's compression="lzf" in libhdf5. Called in the child only.
void register_lzf(void);
