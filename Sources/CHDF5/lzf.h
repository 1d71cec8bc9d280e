#pragma once

// Makes the filter of h5py's compression="lzf" known to libhdf5. Called in the child only.
void register_lzf(void);
