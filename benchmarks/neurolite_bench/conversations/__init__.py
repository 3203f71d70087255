"""What a memory is worth on labelled conversations, through exported files: each level off in turn, typos, time."""
