"""CircleCI's own things as typed views over a tree. They know no syntax."""
