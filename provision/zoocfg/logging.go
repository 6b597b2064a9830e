package zoocfg

import (
	"fmt"
	"path"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// LogFile is the name of the file that a server logs to, in its folder of logs.
const LogFile = "zookeeper.log"

const (
	log4jName   = "log4j.properties"
	logbackName = "logback.xml"
)

// LoggingNames returns the names that Logging gives, of all releases.
func LoggingNames() []string { return []string{log4jName, logbackName} }

// Logging returns the name and the content of the file that configures an instance's
// logging: log4j 1.2 up to 3.7, logback from 3.8 on.
//
// Everything goes to the standard output, which is the journal; lines have no time of
// their own, as the journal adds it. Or it goes to a file that is rotated, and to the
// journal what tells why a server ends: warnings, errors, and the addresses that it binds.
func Logging(v inventory.Version, in *inventory.Instance) (name string, content []byte) {
	name, text := logbackName, logback
	if v.Before("3.8.0") {
		name, text = log4jName, log4j
	}
	if !in.Logging.ToFiles() {
		return name, []byte(text)
	}
	file, size := path.Join(in.LogDir, LogFile), fileSize(in.Logging.Size)
	if v.Before("3.8.0") {
		return name, fmt.Appendf(nil, log4jFiles, file, size, in.Logging.Keep-1)
	}
	return name, fmt.Appendf(nil, logbackFiles, file, file, in.Logging.Keep-1, size)
}

// ToJournal returns the name and the content of the file by which everything goes to the
// standard output.
func ToJournal(v inventory.Version) (name string, content []byte) {
	return Logging(v, &inventory.Instance{})
}

// fileSize writes a size as log4j and logback read it. Neither knows terabytes.
func fileSize(size string) string {
	bytes, _ := inventory.ParseSize(size)
	for _, unit := range []struct {
		letter, name string
	}{{"k", "KB"}, {"m", "MB"}, {"g", "GB"}} {
		if number, ok := strings.CutSuffix(strings.ToLower(size), unit.letter); ok {
			return number + unit.name
		}
	}
	return fmt.Sprint(bytes)
}

const log4j = `# Written by zkprov. To the standard output, which is the journal.
log4j.rootLogger=INFO, JOURNAL
log4j.appender.JOURNAL=org.apache.log4j.ConsoleAppender
log4j.appender.JOURNAL.layout=org.apache.log4j.PatternLayout
log4j.appender.JOURNAL.layout.ConversionPattern=%-5p [%t:%C{1}@%L] - %m%n
`

const logback = `<!-- Written by zkprov. To the standard output, which is the journal. -->
<configuration>
  <appender name="JOURNAL" class="ch.qos.logback.core.ConsoleAppender">
    <encoder>
      <pattern>%-5p [%t:%C{1}@%L] - %m%n</pattern>
    </encoder>
  </appender>
  <root level="INFO">
    <appender-ref ref="JOURNAL"/>
  </root>
</configuration>
`

// log4jFiles wants the file, its size, and the number of those before it.
const log4jFiles = `# Written by zkprov. To a file; warnings and errors to the standard output as well, which is the journal.
log4j.rootLogger=INFO, FILE, JOURNAL
log4j.appender.FILE=org.apache.log4j.RollingFileAppender
log4j.appender.FILE.File=%s
log4j.appender.FILE.Encoding=UTF-8
log4j.appender.FILE.MaxFileSize=%s
log4j.appender.FILE.MaxBackupIndex=%d
log4j.appender.FILE.layout=org.apache.log4j.PatternLayout
log4j.appender.FILE.layout.ConversionPattern=%%d{ISO8601} %%-5p [%%t:%%C{1}@%%L] - %%m%%n
log4j.appender.JOURNAL=org.apache.log4j.ConsoleAppender
log4j.appender.JOURNAL.Threshold=WARN
log4j.appender.JOURNAL.layout=org.apache.log4j.PatternLayout
log4j.appender.JOURNAL.layout.ConversionPattern=%%-5p [%%t:%%C{1}@%%L] - %%m%%n
# The address that is bound, without which it is not known which one was taken.
log4j.logger.org.apache.zookeeper.server.NIOServerCnxnFactory=INFO, BINDS
log4j.logger.org.apache.zookeeper.server.NettyServerCnxnFactory=INFO, BINDS
log4j.appender.BINDS=org.apache.log4j.ConsoleAppender
log4j.appender.BINDS.filter.1=org.apache.log4j.varia.StringMatchFilter
log4j.appender.BINDS.filter.1.StringToMatch=binding to port
log4j.appender.BINDS.filter.1.AcceptOnMatch=true
log4j.appender.BINDS.filter.2=org.apache.log4j.varia.DenyAllFilter
log4j.appender.BINDS.layout=org.apache.log4j.PatternLayout
log4j.appender.BINDS.layout.ConversionPattern=%%-5p [%%t:%%C{1}@%%L] - %%m%%n
`

// logbackFiles wants the file, the same again, the number of those before it, and its
// size.
const logbackFiles = `<!-- Written by zkprov. To a file; warnings and errors to the standard output as well, which is the journal. -->
<configuration>
  <appender name="FILE" class="ch.qos.logback.core.rolling.RollingFileAppender">
    <file>%s</file>
    <rollingPolicy class="ch.qos.logback.core.rolling.FixedWindowRollingPolicy">
      <fileNamePattern>%s.%%i</fileNamePattern>
      <minIndex>1</minIndex>
      <maxIndex>%d</maxIndex>
    </rollingPolicy>
    <triggeringPolicy class="ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy">
      <maxFileSize>%s</maxFileSize>
    </triggeringPolicy>
    <encoder>
      <charset>UTF-8</charset>
      <pattern>%%d{ISO8601} %%-5p [%%t:%%C{1}@%%L] - %%m%%n</pattern>
    </encoder>
  </appender>
  <appender name="JOURNAL" class="ch.qos.logback.core.ConsoleAppender">
    <filter class="ch.qos.logback.classic.filter.ThresholdFilter">
      <level>WARN</level>
    </filter>
    <encoder>
      <pattern>%%-5p [%%t:%%C{1}@%%L] - %%m%%n</pattern>
    </encoder>
  </appender>
  <!-- The address that is bound, without which it is not known which one was taken. -->
  <appender name="BINDS" class="ch.qos.logback.core.ConsoleAppender">
    <filter class="ch.qos.logback.classic.filter.LevelFilter">
      <level>INFO</level>
      <onMatch>ACCEPT</onMatch>
      <onMismatch>DENY</onMismatch>
    </filter>
    <encoder>
      <pattern>%%-5p [%%t:%%C{1}@%%L] - %%m%%n</pattern>
    </encoder>
  </appender>
  <logger name="org.apache.zookeeper.server.NIOServerCnxnFactory">
    <appender-ref ref="BINDS"/>
  </logger>
  <logger name="org.apache.zookeeper.server.NettyServerCnxnFactory">
    <appender-ref ref="BINDS"/>
  </logger>
  <root level="INFO">
    <appender-ref ref="FILE"/>
    <appender-ref ref="JOURNAL"/>
  </root>
</configuration>
`
