// Package provision is the contract between what decides for many hosts and what
// works on one: an Agent is asked with a Task, answers with an Observation and a
// Plan, and makes Changes. All of it is plain data, so that it travels.
//
// Package host has the Agent that does the work, package remote one that reaches
// it elsewhere, and package fleet decides for all hosts together.
package provision
