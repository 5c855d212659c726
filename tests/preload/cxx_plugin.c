/* SPDX-License-Identifier: MIT */
/* cxx_plugin.sh: a C program whose plugin brings the C++ runtime, unseen. */
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **arguments)
{
	void *plugin = count == 2 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL)
				  : NULL;
	void (*run)(void) = plugin ? (void (*)(void))dlsym(plugin, "plugin_run")
				   : NULL;

	if (!run) {
		fputs("cxx_plugin: give it the plugin\n", stderr);
		return 1;
	}
	run();
	return 0;
}
