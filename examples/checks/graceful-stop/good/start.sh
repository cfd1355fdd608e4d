echo "starting"
exec python server.py
