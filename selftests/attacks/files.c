#include "attacks.h"
const struct attack attacks_files[] = { {} };
