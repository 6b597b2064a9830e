ZOO_LOG_DIR="/var/log/zookeeper"
ZOO_LOG4J_PROP="INFO,ROLLINGFILE"

SERVER_JVMFLAGS="-Xms2048m -Xmx2048m -verbose:gc -XX:+PrintGCDetails -Xloggc:$ZOO_LOG_DIR/zookeeper_gc.log -XX:+UseGCLogFileRotation -XX:NumberOfGCLogFiles=9"
SERVER_JVMFLAGS="$SERVER_JVMFLAGS -Djute.maxbuffer=0x200000"
if [ -r /etc/zookeeper/extra.sh ]; then
  . /etc/zookeeper/extra.sh
fi
export HOST=$(hostname -f)
