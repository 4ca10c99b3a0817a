analyze domains, departments, groups, users, extensions, group_members
