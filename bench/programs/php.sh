# SPDX-License-Identifier: MIT
# Arrays, objects, strings and JSON; every object through malloc.
needs=php who=php

prepare() {
	{
		echo "<?php \$steps = $((60000 / part));"
		cat <<'END'
$rows = [];
for ($i = 0; $i < $steps; $i++) {
	$row = new stdClass;
	$row->name = "name " . $i % 977;
	$row->list = range(0, $i % 20);
	$rows[] = $row;
}
$groups = [];
foreach (json_decode(json_encode($rows)) as $row) {
	$groups[$row->name][] = array_sum($row->list);
}
ksort($groups);
echo count($groups), " ", array_sum(array_map('array_sum', $groups)), "\n";
END
	} >job.php
	run='USE_ZEND_ALLOC=0 exec php -d memory_limit=-1 job.php'
}
