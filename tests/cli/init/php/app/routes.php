<?php
route('/up');
$key = env('APP_KEY');
$host = env('DB_HOST', 'localhost');
$driver = env('DB_CONNECTION', 'sqlite');
