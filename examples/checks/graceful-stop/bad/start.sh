echo "starting"
python server.py
echo "ended"
