#include <stdlib.h>

int main (void)
{
  return getenv ("SERVER_NAME") ? 0 : 1; /* "/ping" */
}
