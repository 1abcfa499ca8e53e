/* SPDX-License-Identifier: MIT */
/* docker_image.h: Docker's images as typed calls. `dry`: only print the command. */
#ifndef BB_DOCKER_IMAGE_H
#define BB_DOCKER_IMAGE_H

#include "tool/docker.h"

/* The id ("sha256:...") and architecture of an image; false if it does not exist. */
bool docker_image(const char *name, const char **id, const char **architecture);

/* The value of a label of an image, "" if it has none; NULL if there is no such image. */
const char *docker_image_label(const char *name, const char *label);

/* Add to `missing` those images that do not exist. Returns NULL, or why Docker could not tell. Never dies. Asks the
 * engine by its socket: bb-start calls this at each start, and the program takes ten times as long. */
const char *docker_images_missing(const struct list *names, struct list *missing);

/* Build a folder with a Dockerfile as `name`, labelled; what did not change is skipped. */
struct docker_end docker_image_build(const char *name, const char *label, const char *folder, bool dry);

/* Write the image into a file, as an archive. */
struct docker_end docker_image_save(const char *id, const char *file, bool dry);

/* Give it one more name; send that to its registry, and *digest ("sha256:...") is what it is called there. */
struct docker_end docker_image_tag(const char *id, const char *reference, bool dry);
struct docker_end docker_image_push(const char *reference, bool dry, const char **digest);

/* Take a name away, whatever comes of it: other names of the image, and what it is made from, stay. */
void docker_image_untag(const char *reference);

/* The names that match a pattern of wildcards; and take some away at once. Never die. */
struct docker_end docker_images_matching(const char *pattern, struct list *references);
struct docker_end docker_images_untag(const struct list *references);

#endif
