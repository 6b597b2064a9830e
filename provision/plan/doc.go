// package plan says what would be done to an ensemble, as plain data: steps in their
// order, with the gates before and after each and the way back. It is pure. One function
// sorts the changes that hosts planned into steps, one judges each gate by what the
// servers show, and one tells whether a plan that was approved is still the one to walk.
//
// Package fleet makes plans and walks them.
package plan
