#include "child.h"
#include "datasets.h"

#include <stdio.h>
#include <string.h>

// Walks all links of a file without recursion, since groups may be nested arbitrarily deeply. Hard links, which reach
// every object, are followed first, into each group once. Soft links, and further links to a group, come afterwards:
// their targets already have a name, and a file can contain an unlimited number of such names.

enum { DEPTH_LIMIT = 512, PATH_LIMIT = 16384 };
// The limit on the names of objects that are already listed.
enum { LINK_BYTE_LIMIT = 1 << 22 };

struct link {
  char *name;
  int type;
};

// An open group and its listing position.
struct level {
  hid_t group;
  uint64_t address;
  struct link *links;
  size_t count, capacity, next;
  // The length of the path up to this group, including the last slash.
  size_t path_length;
};

struct walk {
  hid_t file;
  struct level levels[DEPTH_LIMIT];
  int depth;
  char path[PATH_LIMIT];
  // The listed groups, in a hash table that is at most half full.
  uint64_t *seen;
  size_t seen_count, seen_capacity;
  // The paths of links to be followed later.
  char **postponed;
  size_t postponed_count, postponed_capacity;
  int is_following;
  size_t link_byte_count;
  int has_objects;
};

// Static, since it is too large for the stack of a thread.
static struct walk walk;

// The child ends if memory cannot be allocated.
static void *grown(void *memory, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) return memory;
  *capacity = *capacity > 0 ? 2 * *capacity : 64;
  memory = realloc(memory, *capacity * size);
  if (!memory) _Exit(1);
  return memory;
}

static int collect(hid_t group, const char *name, const int *type, void *context) {
  (void)group;
  struct level *level = context;
  level->links = grown(level->links, level->count, &level->capacity, sizeof *level->links);
  struct link *link = &level->links[level->count];
  link->name = strdup(name);
  link->type = *type;
  if (!link->name) return -1;
  level->count++;
  return 0;
}

// Marks a group as listed. Returns whether it was new.
static int insert(uint64_t address) {
  if (2 * walk.seen_count >= walk.seen_capacity) {
    uint64_t *old = walk.seen;
    size_t old_capacity = walk.seen_capacity;
    walk.seen_capacity = old_capacity > 0 ? 2 * old_capacity : 256;
    walk.seen = malloc(walk.seen_capacity * sizeof *walk.seen);
    if (!walk.seen) _Exit(1);
    memset(walk.seen, 0xFF, walk.seen_capacity * sizeof *walk.seen);
    walk.seen_count = 0;
    for (size_t i = 0; i < old_capacity; i++) {
      if (old[i] != UINT64_MAX) insert(old[i]);
    }
    free(old);
  }
  size_t place = (size_t)(address * 0x9E3779B97F4A7C15u >> 20) % walk.seen_capacity;
  while (walk.seen[place] != UINT64_MAX) {
    if (walk.seen[place] == address) return 0;
    place = (place + 1) % walk.seen_capacity;
  }
  walk.seen[place] = address;
  walk.seen_count++;
  return 1;
}

static void postpone(const char *path) {
  walk.postponed =
    grown(walk.postponed, walk.postponed_count, &walk.postponed_capacity, sizeof *walk.postponed);
  walk.postponed[walk.postponed_count] = strdup(path);
  if (!walk.postponed[walk.postponed_count++]) _Exit(1);
}

static void send_refusal(uint8_t remedy, const char *text) {
  struct problem problem;
  refuse(&problem, remedy, "%s", text);
  send_problem(walk.path, &problem);
}

// Enters a group, given the length of its path. The group is closed when it is left.
static void enter(hid_t group, uint64_t address, size_t path_length) {
  if (walk.depth == DEPTH_LIMIT || path_length + 1 >= PATH_LIMIT) {
    send_refusal(GMMSCOPE_HDF5_WRITE_NUMBERS, "groups that are nested too deeply");
    hdf5.H5Oclose(group);
    return;
  }
  struct level *level = &walk.levels[walk.depth];
  memset(level, 0, sizeof *level);
  level->group = group;
  level->address = address;
  level->path_length = path_length;
  if (path_length > 0) walk.path[level->path_length++] = '/';
  hsize_t place = 0;
  // By name, ascending.
  if (hdf5.H5Literate(group, 0, 0, &place, collect, level) < 0 && !walk.is_following) {
    if (path_length == 0) {
      send_record(GMMSCOPE_HDF5_FAILED);
      child_end();
    }
    walk.path[path_length] = 0;
    send_refusal(GMMSCOPE_HDF5_WRITE_AGAIN, "a group that libhdf5 cannot read");
    walk.path[path_length] = '/';
  }
  walk.depth++;
}

static void leave(void) {
  struct level *level = &walk.levels[--walk.depth];
  for (size_t i = 0; i < level->count; i++) free(level->links[i].name);
  free(level->links);
  hdf5.H5Oclose(level->group);
}

static int is_entered(uint64_t address) {
  for (int i = 0; i < walk.depth; i++) {
    if (walk.levels[i].address == address) return 1;
  }
  return 0;
}

// Lists and closes an object. Its path is in `walk.path` and has the given length.
static void list_object(hid_t object, size_t path_length) {
  int type = hdf5.H5Iget_type(object);
  if (walk.is_following) {
    walk.link_byte_count += sizeof(struct gmmscope_hdf5_dataset) + 64 + path_length;
    if (walk.link_byte_count > LINK_BYTE_LIMIT) type = -1;
  }
  if (type == H5I_GROUP) {
    uint64_t address = address_of(object);
    if (hdf5.H5Aexists(object, "MATLAB_sparse") > 0) {
      send_refusal(GMMSCOPE_HDF5_SAVE_FULL, "a sparse matrix");
    } else if (walk.is_following ? !is_entered(address) : insert(address)) {
      enter(object, address, path_length);
      return;
    } else if (!walk.is_following) {
      postpone(walk.path);
    }
  } else if (type == H5I_DATASET) {
    uint8_t role = send_dataset(object, walk.path, GMMSCOPE_HDF5_ARRAY);
    if (role == GMMSCOPE_HDF5_OBJECT) walk.has_objects = 1;
  }
  hdf5.H5Oclose(object);
}

// The targets of MATLAB's cells, and MATLAB's data of objects.
static int is_matlabs_own(const struct level *level, const char *name) {
  return level->address == walk.levels[0].address
    && (strcmp(name, "#refs#") == 0 || strcmp(name, "#subsystem#") == 0);
}

static void list_link(const struct level *level, const struct link *link) {
  size_t name_length = strlen(link->name);
  size_t path_length = level->path_length + name_length;
  if (path_length + 1 >= PATH_LIMIT || is_matlabs_own(level, link->name)) return;
  memcpy(walk.path + level->path_length, link->name, name_length + 1);
  if (link->type == H5L_TYPE_HARD || (link->type == H5L_TYPE_SOFT && walk.is_following)) {
    hid_t object = hdf5.H5Oopen(level->group, link->name, 0);
    if (object >= 0) {
      list_object(object, path_length);
    } else if (!walk.is_following) {
      send_refusal(GMMSCOPE_HDF5_WRITE_AGAIN, "an object that libhdf5 cannot open");
    }
  } else if (link->type == H5L_TYPE_SOFT) {
    postpone(walk.path);
  } else if (!walk.is_following) {
    send_refusal(GMMSCOPE_HDF5_COPY_DATASET,
                 link->type == H5L_TYPE_EXTERNAL ? "a link to another file" : "a link of an unknown kind");
  }
}

// Lists the contents of the open groups after the first few, and leaves them.
static void list_levels(int depth) {
  while (walk.depth > depth) {
    struct level *level = &walk.levels[walk.depth - 1];
    if (level->next < level->count) {
      list_link(level, &level->links[level->next++]);
    } else {
      leave();
    }
  }
}

// Opens the groups that contain a link, so that it is not followed if it leads to one of them.
static int enter_groups_of(const char *path) {
  hid_t group = hdf5.H5Oopen(walk.file, "/", 0);
  for (const char *slash = path; group >= 0 && walk.depth < DEPTH_LIMIT; slash++) {
    struct level *level = &walk.levels[walk.depth++];
    memset(level, 0, sizeof *level);
    level->group = group;
    level->address = address_of(group);
    slash = strchr(slash, '/');
    if (!slash) return 1;
    char *name = strndup(path, (size_t)(slash - path));
    if (!name) _Exit(1);
    group = hdf5.H5Oopen(walk.file, name, 0);
    free(name);
  }
  return 0;
}

static void follow(const char *path) {
  int is_known = enter_groups_of(path);
  int depth = walk.depth;
  size_t length = strlen(path);
  memcpy(walk.path, path, length + 1);
  hid_t object = is_known ? hdf5.H5Oopen(walk.file, path, 0) : -1;
  if (object >= 0) {
    list_object(object, length);
  } else {
    send_refusal(GMMSCOPE_HDF5_REPAIR_LINK, "a link without a target in this file");
  }
  list_levels(depth);
  while (walk.depth > 0) leave();
}

struct listing {
  const char *path;
  int is_swmr;
};

static void list(const void *context) {
  const struct listing *listing = context;
  walk.file = open_file(listing->path, listing->is_swmr);
  hid_t root = walk.file < 0 ? -1 : hdf5.H5Oopen(walk.file, "/", 0);
  if (root < 0) {
    send_record(GMMSCOPE_HDF5_FAILED);
    return;
  }
  uint64_t address = address_of(root);
  insert(address);
  enter(root, address, 0);
  list_levels(0);
  walk.is_following = 1;
  for (size_t i = 0; i < walk.postponed_count; i++) {
    if (walk.link_byte_count <= LINK_BYTE_LIMIT) follow(walk.postponed[i]);
  }
  hid_t parts = walk.has_objects ? hdf5.H5Oopen(walk.file, "/#subsystem#/MCOS", 0) : -1;
  if (parts >= 0) send_object_parts(parts);
}

int gmmscope_hdf5_list(
  const char *path, int is_swmr, struct gmmscope_hdf5_limits limits, struct gmmscope_hdf5_child *child) {
  struct listing listing = {path, is_swmr};
  return child_start(list, &listing, limits, child);
}
